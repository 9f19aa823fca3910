/*
 * What the best of providers could reach: lanekdf's, with a library behind it that hashes nothing. This file
 * takes the place of the library's functions (--wrap). Both ends of a connection have it, derive the same
 * constants, and understand each other. It protects nothing, and is never installed.
 */
#include <string.h>

#include "lanekdf.h"

int __wrap_lanekdf_derive_one(struct lanekdf_job *job);
int __wrap_lanekdf_hmac_start(
    struct lanekdf_hmac_state *state, uint32_t hash, const struct lanekdf_prepared_secret *prepared_key);
int __wrap_lanekdf_hmac_update(struct lanekdf_hmac_state *state, struct lanekdf_bytes piece);
int __wrap_lanekdf_hmac_finish(struct lanekdf_hmac_state *state, struct lanekdf_span out);
int __wrap_lanekdf_hmac_restart(struct lanekdf_hmac_state *state);

static void fill(void *out, size_t len)
{
    memset(out, 0x5a, len);
}

int __wrap_lanekdf_derive_one(struct lanekdf_job *job)
{
    switch (job->kind) {
    case LANEKDF_KIND_PRF: {
        const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
        fill(prf->out.data, prf->out.len);
        break;
    }
    case LANEKDF_KIND_EXPAND_LABEL: {
        const struct lanekdf_expand_label *expand = (const struct lanekdf_expand_label *)job;
        fill(expand->labels[0].out.data, expand->labels[0].out.len);
        break;
    }
    case LANEKDF_KIND_HKDF: {
        const struct lanekdf_hkdf *hkdf = (const struct lanekdf_hkdf *)job;
        if (hkdf->prk_out) {
            fill(hkdf->prk_out, lanekdf_hash_len(hkdf->hash));
        }
        fill(hkdf->out.data, hkdf->out.len);
        break;
    }
    default: /* a prepared key, of which nothing is read */
        break;
    }
    return job->status = LANEKDF_OK;
}

int __wrap_lanekdf_hmac_start(
    struct lanekdf_hmac_state *state, uint32_t hash, const struct lanekdf_prepared_secret *prepared_key)
{
    (void)state;
    (void)hash;
    (void)prepared_key;
    return LANEKDF_OK;
}

int __wrap_lanekdf_hmac_update(struct lanekdf_hmac_state *state, struct lanekdf_bytes piece)
{
    (void)state;
    (void)piece;
    return LANEKDF_OK;
}

int __wrap_lanekdf_hmac_finish(struct lanekdf_hmac_state *state, struct lanekdf_span out)
{
    (void)state;
    fill(out.data, out.len);
    return LANEKDF_OK;
}

int __wrap_lanekdf_hmac_restart(struct lanekdf_hmac_state *state)
{
    (void)state;
    return LANEKDF_OK;
}
