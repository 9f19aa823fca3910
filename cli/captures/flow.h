/*
 * One side's half of a connection: its packets in, its handshake items out. Records are read here, so that a
 * message is whole whichever records and packets it was cut into. tls_flow.c and dtls_flow.c each know one
 * way of cutting.
 */
#ifndef FLOW_H
#define FLOW_H

#include "items.h"
#include "packet.h"
#include "text_buffer.h"

enum record_type { RECORD_CHANGE_CIPHER_SPEC = 20, RECORD_HANDSHAKE = 22 };

struct flow {
    struct items items;
    uint64_t number; /* of tshark's line that is being taken */
    bool is_sealed;  /* ChangeCipherSpec has passed: handshake records are encrypted */

    /* TLS */
    bool is_lost;               /* a gap has passed: what is in the clear behind it has no known beginning */
    bool is_placed;             /* the number of the next byte is known */
    uint32_t next;              /* that number */
    struct text_buffer partial; /* of a message: what its records have brought so far */

    /* DTLS */
    uint16_t next_message;        /* message_seq of the next one in order */
    struct dtls_message *waiting; /* messages behind it, or not whole yet, by message_seq */
    size_t waiting_len;           /* bytes of theirs */
    unsigned changed_epoch,
        sealed_epoch; /* of the last ChangeCipherSpec and encrypted record that were taken */
    bool has_hello;
    uint8_t random[LANEKDF_RANDOM_LEN]; /* of the last hello: another one begins another handshake */
};

void flow_take(struct flow *flow, const struct packet *packet);

/* No more packets will come: what is not whole becomes a gap. */
void flow_end(struct flow *flow);

/* Zeroes and frees. */
void flow_free(struct flow *flow);

/* Adds an item that the current line completed: at the end, or before the last n items. An endless handshake
 * is cut off. */
void flow_add(struct flow *flow, struct item item);
void flow_add_before(struct flow *flow, size_t n, struct item item);

/* The parts of the above. */
void tls_flow_take(struct flow *flow, const struct packet *packet);
void tls_flow_end(struct flow *flow);
void dtls_flow_take(struct flow *flow, const struct packet *packet);
void dtls_flow_end(struct flow *flow);
void dtls_flow_free(struct flow *flow);

/*
 * A message that the packet lists was decrypted by tshark if it is neither in one of the packet's records, as
 * they are on the wire, nor one that these complete: items from first_item on.
 */
bool flow_is_decrypted(
    const struct flow *flow, const struct packet *packet, size_t first_item, struct lanekdf_bytes message);

#endif
