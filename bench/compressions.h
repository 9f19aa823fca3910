/* How many compressions a handshake needs, and how many of them have to wait for each other, by the formulas
 * of the RFCs. */
#ifndef COMPRESSIONS_H
#define COMPRESSIONS_H

#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The compressions of some work, for each hash by itself. The index is enum lanekdf_hash, and
 * LANEKDF_MD5_SHA1 counts as one of LANEKDF_MD5 and one of LANEKDF_SHA1.
 */
enum { COMPRESSIONS_N_HASHES = LANEKDF_SHA1 + 1 };
struct compressions {
    struct {
        size_t n;
        size_t path; /* the most that wait for each other, one after the other */
    } of[COMPRESSIONS_N_HASHES];
};

/* The compressions of one handshake. The two pads of a secret count once, however many PRFs use it. */
struct compressions compressions_of_handshake(const struct handshake *handshake);

/* The compressions of a whole batch, whose jobs do not wait for each other, also where its items are no
 * handshakes. */
struct compressions compressions_of_batch(const struct workload_batch *batch);

/* The compressions of all hashes together. */
size_t compressions_total(const struct compressions *compressions);

#ifdef __cplusplus
}
#endif
#endif
