/*
 * The PRF of TLS 1.0 to 1.2 (RFC 5246 section 5, RFC 2246 section 5) and what consists of
 * one call of it: PRF jobs and exporters (RFC 5705). And prepared secrets.
 */
#include "prf.h"

/* ---- P_hash ---- */

/*
 *     A(1) = HMAC_hash(secret, seed), A(i) = HMAC_hash(secret, A(i-1))
 *     P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
 */
void prf_formula(struct formula *f, const struct shape *shape)
{
    const struct formula_key secret = prf_secret(shape);
    formula_value a = shape->parts & PRF_GOES_ON
                          ? formula_input_value(f, PRF_CHAIN)
                          : formula_hmac(f, secret, formula_input(PRF_SEED, shape->n_blocks));
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        formula_output(f, formula_hmac(f, secret, formula_digest_then(a, PRF_SEED, shape->n_digest_blocks)));
        if (i + 1 < shape->n_out_blocks || shape->parts & PRF_MORE) {
            a = formula_hmac(f, secret, formula_digest(a));
        }
    }
    if (shape->parts & PRF_MORE) {
        formula_output(f, a);
    }
}

/* ---- derivations of one call: they differ in how the seed is made of the job ---- */

static int one_prf_shape(const struct record *record, struct shape *shape)
{
    prf_shape(record, record->message_len, record->out.len, 0, shape);
    return 1;
}

static int one_prf_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    return prf_finish(record, shape, digests, record->out.data, record->out.len) || record_next_pass(record);
}

static void prf_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_prf *job = (const struct lanekdf_prf *)record->job;
    lane_begin(lane, PRF_SEED);
    lane_put(lane, job->label.data, job->label.len);
    for (size_t i = 0; i < job->n_seed; i++) {
        lane_put(lane, job->seed[i].data, job->seed[i].len);
    }
    lane_end(lane);
    prf_stage_secret(record, shape, lane);
}

const struct derivation derivation_prf = {"prf", one_prf_shape, prf_formula, prf_stage, one_prf_finish};

static void exporter_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_exporter *job = (const struct lanekdf_exporter *)record->job;
    lane_begin(lane, PRF_SEED);
    lane_put(lane, job->label.data, job->label.len);
    lane_put(lane, job->client_random, LANEKDF_RANDOM_LEN);
    lane_put(lane, job->server_random, LANEKDF_RANDOM_LEN);
    if (job->flags & LANEKDF_EXPORTER_HAS_CONTEXT) {
        const uint8_t len[2] = {(uint8_t)(job->context.len >> 8), (uint8_t)job->context.len};
        lane_put(lane, len, sizeof(len));
        lane_put(lane, job->context.data, job->context.len);
    }
    lane_end(lane);
    prf_stage_secret(record, shape, lane);
}

const struct derivation derivation_exporter = {
    "exporter", one_prf_shape, prf_formula, exporter_stage, one_prf_finish};

/* ---- a prepared secret: the hash states behind the pads of its HMAC, by pass ---- */

static struct lanekdf_prepared_secret *prepared_of(const struct record *record)
{
    return record->job->kind == LANEKDF_KIND_PREPARE
               ? ((const struct lanekdf_prepare *)record->job)->prepared
               : ((const struct lanekdf_handshake *)record->job)->prepared_master_secret;
}

static int prepare_shape(const struct record *record, struct shape *shape)
{
    (void)shape;
    return prepared_of(record) != NULL;
}

static void prepare_formula(struct formula *f, const struct shape *shape)
{
    formula_output_prepared(f, prf_secret(shape));
}

static int prepare_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    struct lanekdf_prepared_secret *prepared = prepared_of(record);
    memcpy(prepared_states(prepared, record->pass), digests, 2 * (size_t)hash_slot_bytes(shape->hash));
    prepared->opaque[0] = prepared_tag(hash_id(record->hashes[0], record->hashes[1] != NULL));
    return record_next_pass(record);
}

const struct derivation derivation_prepare = {
    "prepare", prepare_shape, prepare_formula, prf_stage_secret, prepare_finish};
