/* The second judge: the same jobs by libcrypto. */
#ifndef JUDGE_OPENSSL_H
#define JUDGE_OPENSSL_H

#include "lanekdf.h"

/* The job must be valid, and have no prepared secret. Writes its outputs, but leaves those alone that
 * libcrypto knows nothing of: prepared secrets, and all of a kind that has no row in judge_openssl.c. */
void openssl_derive(const struct lanekdf_job *job);
/* The part of openssl_derive() for stages of TLS 1.3, DTLS 1.3 and QUIC, and for HKDF (judge_openssl_hkdf.c).
 */
void openssl_derive_stage(const struct lanekdf_job *job);

#endif
