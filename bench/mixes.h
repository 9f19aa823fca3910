/* Workloads whose handshakes differ: what shapes they have, in which order. */
#ifndef MIXES_H
#define MIXES_H

#include "workload.h"

void mixes_deal_tls12(struct handshake handshakes[MAX_BATCH]);

/* Of 40 cipher suites and all versions that may have them; and the same, sorted. */
void mixes_deal_all(struct handshake handshakes[MAX_BATCH]);
void mixes_deal_all_sorted(struct handshake handshakes[MAX_BATCH]);

#endif
