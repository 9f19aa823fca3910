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

enum record_type {
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_APPLICATION_DATA = 23
};

/* What ServerHello says of the version. */
enum flow_version { FLOW_VERSION_UNKNOWN, FLOW_UP_TO_TLS12, FLOW_TLS13 };

struct flow {
    struct items items;
    uint64_t number; /* of tshark's line that is being taken */
    bool is_sealed;  /* ChangeCipherSpec was sent: handshake records are encrypted from then on */

    enum flow_version version;
    size_t n_sealed, sealed_len; /* encrypted records of TLS 1.3 that were kept, and their bytes */

    /* TLS */
    bool is_lost;   /* bytes are missing: where the next message in the clear begins is not known */
    bool is_placed; /* the number of the next byte is known */
    uint32_t next;  /* that number */
    struct text_buffer partial; /* the beginning of a message whose end is still to come */

    /* DTLS */
    uint16_t next_message;         /* message_seq of the next message in order */
    struct dtls_message *waiting;  /* messages that are later or not whole yet, by message_seq */
    size_t n_waiting, waiting_len; /* how many wait, and their bytes */
    unsigned changed_epoch;        /* epoch of the last ChangeCipherSpec that was taken */
    unsigned sealed_epoch;         /* epoch of the last encrypted record that was taken */
    bool has_hello;
    uint8_t random[LANEKDF_RANDOM_LEN]; /* of the last hello: a hello with another one begins a handshake */
};

void flow_take(struct flow *flow, const struct packet *packet);

/* Ends the flow, as no more packets will come: a message that is not whole becomes a gap. */
void flow_end(struct flow *flow);

/* Whether a flow of TLS 1.3 has kept as many encrypted records as are kept: those of a handshake, and some
 * that tell whether the secrets behind it fit. */
bool flow_is_full(const struct flow *flow);

/* Zeroes the flow's items and frees them. */
void flow_free(struct flow *flow);

/* Add an item that the current line completed: at the end, or before the last n items. A flow that has as
 * many items as no handshake has takes no more. */
void flow_add(struct flow *flow, struct item item);
void flow_add_before(struct flow *flow, size_t n, struct item item);

/* The parts of flow_take(), flow_end() and flow_free() that know TLS or DTLS. */
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
