/*
 * The judge: every kind of job once more, straight from the text of the standards.
 *
 * The judge takes the same jobs as the engine, writes the same outputs, and shares nothing with it but the
 * form of prepared secrets: no program, no kernel, no staging. Its text is to be read beside FIPS 180-4, RFC
 * 1321 and RFC 2104 (reference_hash.c), RFC 6101, 2246, 4346, 5246, 5705 and 7627 (reference.c), and RFC
 * 5869, 8446, 9147, 9001, 9369, 9258 and 9849 (reference_tls13.c); speed is no aim.
 *
 * A prepared secret has the form that the engine gives it, too (prepared.h): each may take what the other has
 * made, and what both make of one secret is the same.
 *
 * The job must be valid: lanekdf.h says what that is, and the checks of the engine see to it. The judge
 * neither reads nor writes status and legacy, and refuses nothing as too old. It allocates nothing, takes at
 * most REFERENCE_STACK_BYTES of stack, and works in any byte order. No branch and no address depends on a
 * secret. Every variable that held a secret is wiped; copies that the compiler makes in registers and on the
 * stack are left to the engine's wipe.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "lanekdf.h"

/* The ABI of s390x has larger frames (simd.h), and on RISC-V functions save more registers. */
#ifdef __s390x__
enum { REFERENCE_STACK_BYTES = 4096 };
#elif defined(__riscv)
enum { REFERENCE_STACK_BYTES = 3584 };
#else
enum { REFERENCE_STACK_BYTES = 3072 };
#endif

/* Derives a job of any kind. */
void reference_derive(const struct lanekdf_job *job);

#endif
