/* How many compressions a handshake or a stage of a connection needs, and how many of them have to wait for
 * each other, by the formulas of the RFCs. */
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

/* The compressions of one stage of one connection, whether or not it has that stage. Those of constants alone
 * count for none: the salts of QUIC, the handshake salt without a PSK, and hashes of nothing. */
struct compressions compressions_of_stage(const struct connection *connection, enum connection_stage stage);

/* The compressions of each call for a batch, whose jobs do not wait for each other, also where its items are
 * neither handshakes nor connections. Returns the number of calls, which wait for each other. */
enum { COMPRESSIONS_MAX_CALLS = N_STAGES };
size_t compressions_of_calls(
    const struct workload_batch *batch, struct compressions calls[COMPRESSIONS_MAX_CALLS]);

/* The compressions of all calls for a batch together. */
struct compressions compressions_of_batch(const struct workload_batch *batch);

/* The compressions of all hashes together. */
size_t compressions_total(const struct compressions *compressions);

#ifdef __cplusplus
}
#endif
#endif
