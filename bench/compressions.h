/* How many compressions a handshake needs, by the formulas of the RFCs. */
#ifndef COMPRESSIONS_H
#define COMPRESSIONS_H

#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The compressions of one handshake. The two pads of a secret count once, however many PRFs use it. */
unsigned compressions_of_handshake(const struct handshake *handshake);

/* The compressions of a whole batch, also where its items are no handshakes. */
size_t compressions_of_batch(const struct workload_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
