/* Mixes: workloads whose handshakes differ from each other. These functions say which ones come in which
 * order. */
#ifndef MIXES_H
#define MIXES_H

#include "workload.h"

/* TLS 1.2 with SHA-256: full and resumed handshakes, with and without Finished, of three ciphers. */
void mixes_deal_tls12(struct handshake handshakes[MAX_BATCH]);

/* 40 cipher suites in all versions that may have them; and the same handshakes, sorted. */
void mixes_deal_all(struct handshake handshakes[MAX_BATCH]);
void mixes_deal_all_sorted(struct handshake handshakes[MAX_BATCH]);

/* One stage each of connections of TLS 1.3, DTLS 1.3 and QUIC; and the same connections, sorted among those
 * that the batches of a benchmark are taken from. */
enum { STAGES_POPULATION = 4096 /* connections */ };
void mixes_deal_stages(struct connection connections[MAX_BATCH]);
void mixes_deal_stages_sorted(struct connection connections[MAX_BATCH]);

#endif
