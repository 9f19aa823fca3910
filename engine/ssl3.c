/*
 * SSLv3, RFC 6101: SSL3_PRF jobs (sections 6.1 and 6.2.2), SSL3_FINISHED jobs (section 5.6.9) and the phases
 * of a HANDSHAKE of that version, with the final keys of its export suites (section 6.2.2.1).
 *
 * Nothing of SSLv3 is HMAC: everything is a message hashed once with MD5 or SHA-1. So each phase here runs
 * several times, a step each time, and a step hashes one message. record->n_done counts the steps, which come
 * in pairs: an inner hash, which goes to secrets.chain, and an outer hash over it. The derivations choose the
 * hash of each step themselves, and put its pieces and the place of its digest into the record.
 */
#include "digest.h"
#include "handshake.h"
#include "kind.h"

static const struct hash *const md5 = &hashes[LANEKDF_MD5], *const sha1 = &hashes[LANEKDF_SHA1];

static void set_hash_and_shape(struct shape *shape, const struct hash *hash, uint64_t message_len)
{
    shape->hash = hash;
    digest_shape(shape, message_len);
}

static bool is_outer(const struct record *record)
{
    return record->n_done % 2;
}

/* The message of a step consists of pieces that enter() puts into the record. */
static void begin_message(struct record *record)
{
    record->n_pieces = 0;
}

static void put(struct record *record, const void *bytes, size_t len)
{
    record->pieces[record->n_pieces++] = (struct lanekdf_bytes){bytes, len};
}

static void put_secret(struct record *record)
{
    put(record, record->keys[0].data, record->keys[0].len);
}

static void put_chain(struct record *record, const struct hash *hash)
{
    put(record, record->secrets.chain, hash->digest_bytes);
}

/* Takes the digest of an inner hash to where the step of the outer hash finds it. */
static void set_inner_output(struct record *record, const struct hash *hash)
{
    record->has_secrets = true;
    record->to = (struct lanekdf_span){record->secrets.chain, hash->digest_bytes};
}

static void step_formula(struct formula *f, const struct shape *shape)
{
    DIGEST_FORMULA(f, shape, RECORD_SPAN(to, shape->hash->digest_bytes), RECORD_ARRAY(pieces, n_pieces));
}

/* ---- the PRF: for each 16 bytes of output MD5(secret + SHA(letters + secret + seed)) ---- */

_Static_assert(LANEKDF_MAX_SSL3_OUT / 16 == 26, "the last block has the last letter of the alphabet");

/* The block of output that the step is for. */
static unsigned block_of(const struct record *record)
{
    return record->n_done / 2;
}

static void ssl3_set_shape(const struct record *record, uint64_t seed_len, struct shape *shape)
{
    const uint64_t n_letters = block_of(record) + 1, secret_len = record->keys[0].len;
    if (is_outer(record)) {
        set_hash_and_shape(shape, md5, secret_len + sha1->digest_bytes);
    } else {
        set_hash_and_shape(shape, sha1, n_letters + secret_len + seed_len);
    }
}

/* Block i of the output has i + 1 letters: "A", "BB" and so on, to 26 times 'Z'. */
static const char *const letters[] = {"A", "BB", "CCC", "DDDD", "EEEEE", "FFFFFF", "GGGGGGG", "HHHHHHHH",
    "IIIIIIIII", "JJJJJJJJJJ", "KKKKKKKKKKK", "LLLLLLLLLLLL", "MMMMMMMMMMMMM", "NNNNNNNNNNNNNN",
    "OOOOOOOOOOOOOOO", "PPPPPPPPPPPPPPPP", "QQQQQQQQQQQQQQQQQ", "RRRRRRRRRRRRRRRRRR", "SSSSSSSSSSSSSSSSSSS",
    "TTTTTTTTTTTTTTTTTTTT", "UUUUUUUUUUUUUUUUUUUUU", "VVVVVVVVVVVVVVVVVVVVVV", "WWWWWWWWWWWWWWWWWWWWWWW",
    "XXXXXXXXXXXXXXXXXXXXXXXX", "YYYYYYYYYYYYYYYYYYYYYYYYY", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ"};

/* Enters a step of a PRF with out_len bytes of output. Returns true if it is that of an inner hash, whose
 * message still lacks the seed. */
static bool ssl3_enter_step(struct record *record, uint8_t *out, size_t out_len)
{
    const unsigned block = block_of(record);
    const size_t at = (size_t)block * md5->digest_bytes;
    begin_message(record);
    if (is_outer(record)) {
        put_secret(record);
        put_chain(record, sha1);
        record->to = (struct lanekdf_span){out + at, out_len - at};
        return false;
    }
    put(record, letters[block], block + 1);
    put_secret(record);
    set_inner_output(record, sha1);
    return true;
}

/* Ends a step. Returns true as long as there are steps left for out_len bytes of output. */
static bool ssl3_next_step(struct record *record, size_t out_len)
{
    record->n_done++;
    if (is_outer(record) || (size_t)block_of(record) * md5->digest_bytes < out_len) {
        return true;
    }
    record->n_done = 0;
    return false;
}

/* ---- SSL3_PRF jobs ---- */

static bool ssl3_prf_shape(const struct record *record, struct shape *shape)
{
    ssl3_set_shape(record, record->message_len, shape);
    return true;
}

static void ssl3_prf_enter(struct record *record)
{
    (void)ssl3_enter_step(record, record->out.data, record->out.len);
}

/* The seed of the job belongs to the inner hash, which is the one with SHA-1. */
static void ssl3_prf_formula(struct formula *f, const struct shape *shape)
{
    if (shape->hash == sha1) {
        DIGEST_FORMULA(f, shape, RECORD_SPAN(to, shape->hash->digest_bytes), RECORD_ARRAY(pieces, n_pieces),
            JOB_ARRAY(struct lanekdf_ssl3_prf, seed, n_seed));
    } else {
        step_formula(f, shape);
    }
}

static bool ssl3_prf_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    return ssl3_next_step(record, record->out.len);
}

static const struct derivation derivation_ssl3_prf = {.name = "ssl3_prf",
    .shape = ssl3_prf_shape,
    .formula = ssl3_prf_formula,
    .next = ssl3_prf_next,
    .enter = ssl3_prf_enter};

static const struct derivation *const ssl3_prf_phases[] = {&derivation_ssl3_prf, NULL};

KIND_INLINE void ssl3_prf_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    view_add_output(view, prf->out.data, prf->out.len);
    view_add_input(view, prf->secret.data, prf->secret.len);
    view_add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
}

KIND_INLINE int ssl3_prf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (prf->reserved[0] || prf->reserved[1]) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->n_seed > LANEKDF_MAX_PIECES ||
        !kind_is_between(prf->out.len, 1, LANEKDF_MAX_SSL3_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

KIND_INLINE void ssl3_prf_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    record_set_secret(record, prf->secret.data, prf->secret.len);
    record->out = prf->out;
}

static int ssl3_prf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    return kind_begin(&kind_ssl3_prf, job, LANEKDF_MD5, record, legacy);
}

const struct kind kind_ssl3_prf = {.job_bytes = sizeof(struct lanekdf_ssl3_prf),
    .phases = ssl3_prf_phases,
    .view = ssl3_prf_view,
    .check = ssl3_prf_check,
    .fill = ssl3_prf_fill,
    .begin = ssl3_prf_begin};

/* ---- HANDSHAKE jobs: the master secret and the key block ---- */

static bool ssl3_master_secret_shape(const struct record *record, struct shape *shape)
{
    if (handshake_of(record)->known_master_secret) {
        return false;
    }
    ssl3_set_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return true;
}

static void ssl3_master_secret_enter(struct record *record)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    if (ssl3_enter_step(record, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN)) {
        put(record, job->client_random, LANEKDF_RANDOM_LEN);
        put(record, job->server_random, LANEKDF_RANDOM_LEN);
    }
}

static bool ssl3_master_secret_next(struct record *record, const struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    (void)shape;
    if (ssl3_next_step(record, LANEKDF_MASTER_SECRET_LEN)) {
        return true;
    }
    record_set_secret(record, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    if (job->master_secret) {
        memcpy(job->master_secret, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    }
    return false;
}

static const struct derivation derivation_ssl3_master_secret = {.name = "ssl3_master_secret",
    .shape = ssl3_master_secret_shape,
    .formula = step_formula,
    .next = ssl3_master_secret_next,
    .enter = ssl3_master_secret_enter};

static bool ssl3_key_block_shape(const struct record *record, struct shape *shape)
{
    ssl3_set_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return handshake_key_block_len(handshake_of(record)) != 0;
}

static void ssl3_key_block_enter(struct record *record)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    if (ssl3_enter_step(record, job->key_block, handshake_key_block_len(job))) {
        put(record, job->server_random, LANEKDF_RANDOM_LEN); /* the server's random comes first here */
        put(record, job->client_random, LANEKDF_RANDOM_LEN);
    }
}

static bool ssl3_key_block_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    return ssl3_next_step(record, handshake_key_block_len(handshake_of(record)));
}

static const struct derivation derivation_ssl3_key_block = {.name = "ssl3_key_block",
    .shape = ssl3_key_block_shape,
    .formula = step_formula,
    .next = ssl3_key_block_next,
    .enter = ssl3_key_block_enter};

/* ---- export suites: MD5(key + own random + other random), and the same without a key for the IVs ---- */

/* These steps have no inner hash. record->n_done counts final_client_write_key, final_server_write_key,
 * client_write_IV, server_write_IV. */
enum { FINAL_KEYS = 2, FINAL_IVS = 4 };

static bool ssl3_final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const size_t key_len = record->n_done < FINAL_KEYS ? job->enc_key_len : 0;
    set_hash_and_shape(shape, md5, key_len + 2 * LANEKDF_RANDOM_LEN);
    return job->final_key_len != 0;
}

static void ssl3_final_keys_enter(struct record *record)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const bool is_server = record->n_done % 2;
    const size_t n = is_server;
    if (!job->final_key_len) { /* there need not be a key block either */
        return;
    }
    begin_message(record);
    if (record->n_done < FINAL_KEYS) {
        put(record, handshake_client_write_key(job) + n * job->enc_key_len, job->enc_key_len);
        record->to = (struct lanekdf_span){job->final_keys + n * job->final_key_len, job->final_key_len};
    } else {
        record->to = (struct lanekdf_span){
            job->final_keys + 2 * (size_t)job->final_key_len + n * job->fixed_iv_len, job->fixed_iv_len};
    }
    put(record, is_server ? job->server_random : job->client_random, LANEKDF_RANDOM_LEN);
    put(record, is_server ? job->client_random : job->server_random, LANEKDF_RANDOM_LEN);
}

static bool ssl3_final_keys_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    record->n_done++;
    if (record->n_done < (handshake_of(record)->fixed_iv_len ? FINAL_IVS : FINAL_KEYS)) {
        return true;
    }
    record->n_done = 0;
    return false;
}

static const struct derivation derivation_ssl3_final_keys = {.name = "ssl3_final_keys",
    .shape = ssl3_final_keys_shape,
    .formula = step_formula,
    .next = ssl3_final_keys_next,
    .enter = ssl3_final_keys_enter};

static const struct derivation *const ssl3_handshake_phases[] = {
    &derivation_ssl3_master_secret, &derivation_ssl3_key_block, &derivation_ssl3_final_keys, NULL};

int ssl3_check_handshake(const struct lanekdf_handshake *job)
{
    if (job->session_hash.len || job->client_finished_hash.len || job->server_finished_hash.len ||
        job->prepared_master_secret) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return handshake_key_block_len(job) > LANEKDF_MAX_SSL3_OUT ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

/* With one hash in the record a phase has one pass, and the secret is not halved. */
void ssl3_begin_handshake(struct record *record)
{
    record->phases = ssl3_handshake_phases;
    record->hashes[1] = NULL;
}

/* ---- SSL3_FINISHED jobs: an inner and an outer hash with MD5, then the same with SHA-1 ---- */

/* RFC 6101: the bytes of pad_1 and pad_2. */
#define EIGHT(byte) byte, byte, byte, byte, byte, byte, byte, byte
#define FORTY_EIGHT(byte) EIGHT(byte), EIGHT(byte), EIGHT(byte), EIGHT(byte), EIGHT(byte), EIGHT(byte)
static const uint8_t pad_1[] = {FORTY_EIGHT(0x36)}, pad_2[] = {FORTY_EIGHT(0x5c)};

enum { N_FINISHED_STEPS = 4 };

static const struct hash *finished_hash(const struct record *record)
{
    return record->n_done < 2 ? md5 : sha1;
}

/* Bytes of a pad: as many as RFC 6101 has, which fill a block up with MD5 and nearly so with SHA-1. */
static size_t pad_len(const struct record *record)
{
    return finished_hash(record) == md5 ? 48 : 40;
}

/* A flag in shape.parts: the message of the step begins with the job's handshake messages. */
enum { HAS_MESSAGES = 0x10 };
_Static_assert(HAS_MESSAGES &SHAPE_EXACT_PARTS, "the other steps have another message");

static bool ssl3_finished_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = finished_hash(record);
    const uint64_t rest = is_outer(record) ? hash->digest_bytes : record->message_len + 4;
    set_hash_and_shape(shape, hash, rest + LANEKDF_MASTER_SECRET_LEN + pad_len(record));
    shape->parts = is_outer(record) ? 0 : HAS_MESSAGES;
    return true;
}

static void ssl3_finished_enter(struct record *record)
{
    const struct lanekdf_ssl3_finished *job = (const struct lanekdf_ssl3_finished *)record->job;
    const struct hash *hash = finished_hash(record);
    begin_message(record);
    if (is_outer(record)) {
        put_secret(record);
        put(record, pad_2, pad_len(record));
        put_chain(record, hash);
        record->to =
            (struct lanekdf_span){job->out + (hash == md5 ? 0 : md5->digest_bytes), hash->digest_bytes};
    } else {
        put(record, job->sender == LANEKDF_SERVER ? "SRVR" : "CLNT", 4);
        put_secret(record);
        put(record, pad_1, pad_len(record));
        set_inner_output(record, hash);
    }
}

static void ssl3_finished_formula(struct formula *f, const struct shape *shape)
{
    if (shape->parts & HAS_MESSAGES) {
        DIGEST_FORMULA(f, shape, RECORD_SPAN(to, shape->hash->digest_bytes),
            JOB_ARRAY(struct lanekdf_ssl3_finished, handshake_messages, n_handshake_messages),
            RECORD_ARRAY(pieces, n_pieces));
    } else {
        step_formula(f, shape);
    }
}

static bool ssl3_finished_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    return ++record->n_done < N_FINISHED_STEPS;
}

static const struct derivation derivation_ssl3_finished = {.name = "ssl3_finished",
    .shape = ssl3_finished_shape,
    .formula = ssl3_finished_formula,
    .next = ssl3_finished_next,
    .enter = ssl3_finished_enter};

static const struct derivation *const ssl3_finished_phases[] = {&derivation_ssl3_finished, NULL};

KIND_INLINE void ssl3_finished_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    view_add_output(view, finished->out, LANEKDF_SSL3_FINISHED_LEN);
    view_add_input(view, finished->master_secret, LANEKDF_MASTER_SECRET_LEN);
    view_add_pieces(view, finished->handshake_messages, finished->n_handshake_messages, DIGEST_MAX_MESSAGE);
}

KIND_INLINE int ssl3_finished_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (finished->reserved || finished->sender > LANEKDF_SERVER) {
        return LANEKDF_ERROR_RESERVED;
    }
    return finished->n_handshake_messages > LANEKDF_MAX_PIECES ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

KIND_INLINE void ssl3_finished_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    record_set_secret(record, finished->master_secret, LANEKDF_MASTER_SECRET_LEN);
}

static int ssl3_finished_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    return kind_begin(&kind_ssl3_finished, job, LANEKDF_MD5, record, legacy);
}

const struct kind kind_ssl3_finished = {.job_bytes = sizeof(struct lanekdf_ssl3_finished),
    .phases = ssl3_finished_phases,
    .view = ssl3_finished_view,
    .check = ssl3_finished_check,
    .fill = ssl3_finished_fill,
    .begin = ssl3_finished_begin};
