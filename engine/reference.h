/*
 * The judge: every job kind once more, straight from the text of the standards.
 *
 * The functions take the same jobs as the engine and write the same outputs, and
 * share nothing with it: no program, no kernel, no staging. They are written to be
 * read beside FIPS 180-4, RFC 2104, RFC 5246 and RFC 7627; speed is no aim.
 *
 * The job must be valid (lanekdf.h says what that is, kinds.c checks it). status is
 * neither read nor written. No allocation, at most 2 KB of stack, any byte order. No
 * branch and no address depends on a secret. Every variable that a secret went into is
 * wiped; what the compiler keeps in registers and spills is for the engine's wipe.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "lanekdf.h"

/* The one of the four below that job->kind says. */
void reference_derive(const struct lanekdf_job *job);

void reference_prf(const struct lanekdf_prf *job);
void reference_handshake(const struct lanekdf_handshake *job);
void reference_message_hash(const struct lanekdf_message_hash *job);
void reference_hmac(const struct lanekdf_hmac *job);

#endif
