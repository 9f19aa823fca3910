/* The second judge: the same jobs by libcrypto. */
#ifndef JUDGE_OPENSSL_H
#define JUDGE_OPENSSL_H

#include "lanekdf.h"

/* job must be valid and have no prepared secret: libcrypto knows none. Writes its outputs,
 * prepared secrets excepted. */
void openssl_derive(const struct lanekdf_job *job);

#endif
