/*
 * Shared secrets of TLS 1.3, made of what a key exchange gave, where that is not what pre_master.c gives: a
 * finite-field secret keeps its leading zeros, and a hybrid group has two secrets in an order of its own.
 *
 * No branch and no address here depends on a secret byte: exchange.h says how.
 */
#include "exchange.h"

int lanekdf_shared_secret_dh(struct lanekdf_bytes z, struct lanekdf_span shared_secret)
{
    const bool lengths_fit =
        z.len > 0 && z.len <= shared_secret.len && shared_secret.len <= LANEKDF_MAX_SECRET;
    const int status = exchange_check(lengths_fit, shared_secret, &z, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    const uint32_t is_zero = exchange_copy_padded(z, shared_secret);
    exchange_wipe_traces();
    return exchange_status(is_zero);
}

/* ---- hybrids ---- */

enum { ML_KEM_LEN = 32 }; /* bytes of a shared secret, FIPS 203 */

/* draft-ietf-tls-ecdhe-mlkem. The order of a group's name is not that of its secrets. */
static const struct hybrid {
    uint16_t group;
    bool is_ml_kem_first;
    bool needs_check; /* X25519: RFC 8446 section 7.4.2 */
    uint8_t ecdh_len; /* bytes */
} hybrids[] = {
    {LANEKDF_SECP256R1MLKEM768, false, false, 32},
    {LANEKDF_X25519MLKEM768, true, true, 32},
    {LANEKDF_SECP384R1MLKEM1024, false, false, 48},
};

static const struct hybrid *hybrid_find(uint16_t group)
{
    for (size_t i = 0; i < sizeof(hybrids) / sizeof(*hybrids); i++) {
        if (hybrids[i].group == group) {
            return &hybrids[i];
        }
    }
    return NULL;
}

static int check_hybrid(const struct hybrid *hybrid, struct lanekdf_bytes ml_kem, struct lanekdf_bytes ecdh)
{
    if (!hybrid) {
        return LANEKDF_ERROR_GROUP;
    }
    if (ml_kem.len != ML_KEM_LEN || ecdh.len != hybrid->ecdh_len) {
        return LANEKDF_ERROR_LENGTH;
    }
    return ml_kem.data && ecdh.data ? LANEKDF_OK : LANEKDF_ERROR_NULL;
}

/* Returns the mask that says whether all bytes are 0. The function is not inlined, so that its frame lies
 * below the public function's, where exchange_wipe_traces() wipes. */
__attribute__((noinline)) static uint32_t are_zero(struct lanekdf_bytes bytes)
{
    uint32_t any = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        any |= bytes.data[i];
    }
    return mask_of_zero(any);
}

int lanekdf_shared_secret_hybrid(
    uint16_t group, struct lanekdf_bytes ml_kem, struct lanekdf_bytes ecdh, struct lanekdf_bytes pieces[2])
{
    if (!pieces) {
        return LANEKDF_ERROR_NULL;
    }
    const struct hybrid *hybrid = hybrid_find(group);
    const int status = check_hybrid(hybrid, ml_kem, ecdh);
    pieces[0] = pieces[1] = (struct lanekdf_bytes){NULL, 0};
    if (status != LANEKDF_OK) {
        return status;
    }
    const uint32_t is_zero = hybrid->needs_check ? are_zero(ecdh) : 0;
    exchange_wipe_traces();
    pieces[!hybrid->is_ml_kem_first] = ml_kem;
    pieces[hybrid->is_ml_kem_first] = ecdh;
    pieces[0].len &= ~is_zero;
    pieces[1].len &= ~is_zero;
    return exchange_status(is_zero);
}
