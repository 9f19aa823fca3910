/*
 * What a file of a capture held besides handshakes that can be served, so that nothing is passed over in
 * silence.
 */
#ifndef FINDINGS_H
#define FINDINGS_H

#include "packet.h"

struct findings {
    const char *file;
    bool is_recording; /* this command ran tshark, so that a file without lines has no TLS */
    bool has_lines;    /* of tshark's that are no packets: it had written the file */
    uint64_t n_packets;
    struct cut_packet cut;     /* the first one of the file */
    uint64_t n_tls, n_dtls;    /* packets of TLS and of DTLS that can be read */
    uint64_t n_without_bytes;  /* tshark ran without -x */
    uint64_t n_without_stream; /* TLS in something else than TCP, or tshark ran without -J */
    uint64_t n_quic;           /* packets of QUIC that can be read */
    uint64_t n_unreadable_quic, n_ssl_names;
    uint64_t n_other_tcp;            /* TCP that tshark took for something else than TLS */
    uint64_t other_port;             /* the destination port of the first of n_other_tcp */
    uint64_t udp_port;               /* of a server whose bytes over UDP look like a hello of DTLS; 0: none */
    struct stream_findings *streams; /* of TCP: a table of hashes of tshark's numbers */
    size_t n_streams, n_places;      /* of the table, how many places are taken, and how many there are */
    uint64_t salt;
};

/* Frees what findings_take() has allocated. */
void findings_free(struct findings *findings);

/* Notes what a packet is. Returns whether the packet has records to read. */
bool findings_take(struct findings *findings, const struct json_packet *packet);

/*
 * Says on standard error what was found in the file instead of TLS, or beside it. Returns whether there was
 * anything to say, which means that some of the file is not served.
 */
bool findings_tell(const struct findings *findings);

#endif
