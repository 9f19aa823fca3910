/*
 * The judge: every job kind once more, straight from the text of the standards.
 *
 * The functions take the same jobs as the engine and write the same outputs, and
 * share nothing with it: no program, no kernel, no staging. They are written to be
 * read beside FIPS 180-4, RFC 1321 and RFC 2104 (reference_hash.c), RFC 6101, 2246, 4346,
 * 5246, 5705 and 7627 (reference.c); speed is no aim.
 *
 * A prepared secret is the private affair of who made it, and so it is here: jobs with one
 * take those that reference_prepare() or reference_handshake() made, and what the engine's is
 * worth is judged by what it derives.
 *
 * The job must be valid (lanekdf.h says what that is, kinds.c checks it). status is
 * neither read nor written, and nothing is too old to be served. No allocation, at most 3 KB
 * of stack, any byte order. No branch and no address depends on a secret. Every variable
 * that a secret went into is wiped; what the compiler keeps in registers and spills is for
 * the engine's wipe.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "lanekdf.h"

/* The one of those below that job->kind says. */
void reference_derive(const struct lanekdf_job *job);

void reference_prf(const struct lanekdf_prf *job);
void reference_handshake(const struct lanekdf_handshake *job);
void reference_message_hash(const struct lanekdf_message_hash *job);
void reference_hmac(const struct lanekdf_hmac *job);
void reference_exporter(const struct lanekdf_exporter *job);
void reference_finished(const struct lanekdf_finished *job);
void reference_prepare(const struct lanekdf_prepare *job);
void reference_ssl3_prf(const struct lanekdf_ssl3_prf *job);
void reference_ssl3_finished(const struct lanekdf_ssl3_finished *job);

#endif
