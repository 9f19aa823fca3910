/* The second judge: the same jobs by libcrypto. */
#ifndef JUDGE_OPENSSL_H
#define JUDGE_OPENSSL_H

#include "lanekdf.h"

/* The job must be valid, and have no prepared secret. Writes its outputs, but leaves those alone that
 * libcrypto knows nothing of: prepared secrets, and all of a kind that has no row in judge_openssl.c. */
void openssl_derive(const struct lanekdf_job *job);

#endif
