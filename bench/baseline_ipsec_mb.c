/*
 * intel-ipsec-mb, a multi-buffer library: hashes of many messages at once. It has
 * no PRF, so that one is composed here out of its HMAC-SHA256, as well as its API
 * allows:
 *
 *  - every step is taken for all handshakes of a window before the next one, and
 *    all messages that are ready and equally long are handed over together;
 *  - the ipad and opad midstates are computed once per secret, from one block
 *    each, by the library's own one-block hash (impl `ipsec-mb`) or, much faster
 *    with version 1.3, by libcrypto's (impl `ipsec-mb+libcrypto`: the best that
 *    can be composed);
 *  - which instruction set level serves SHA-256 best, and through which of its
 *    interfaces, differs by CPU, version and batch: prepare() measures them all
 *    on the very batch and keeps the fastest.
 *
 * All handshakes of a batch are of one shape; both Finished or none.
 * Compiles with versions 1.3 to 2.0.
 */
#define NO_COMPAT_IMB_API_053    /* 1.3's old names clash with <openssl/sha.h> */
#define OPENSSL_API_COMPAT 10100 /* SHA256_Transform, deprecated since 3.0 */
#define _POSIX_C_SOURCE 200809L  /* clock_gettime */
#include <intel-ipsec-mb.h>
#include <openssl/sha.h>

#include "impl.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    BLOCK_LEN = 64,
    DIGEST_LEN = 32,
    LABEL_LEN = 13, /* "master secret" and "key expansion" */
    FINISHED_LABEL_LEN = 15,
    SEED_LEN = LABEL_LEN + 2 * RANDOM_LEN,
    WINDOW = 64,              /* handshakes in flight; 16 are slower, 32 and 128 no faster */
    MAX_MESSAGES = 4 * WINDOW /* in one step */
};

/* --- the library: levels and interfaces --- */

static const struct level {
    const char *name;
    uint64_t features;
    void (*init)(IMB_MGR *manager);
} levels[] = {
    {"sse", IMB_CPUFLAGS_SSE, init_mb_mgr_sse},
#if IMB_VERSION_NUM < IMB_VERSION(2, 0, 0)
    {"avx", IMB_CPUFLAGS_AVX, init_mb_mgr_avx},
#endif
    {"avx2", IMB_CPUFLAGS_AVX2, init_mb_mgr_avx2},
    {"avx512", IMB_CPUFLAGS_AVX512, init_mb_mgr_avx512},
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

/* HMAC-SHA256 of one message. */
struct message {
    const uint8_t *data;
    uint64_t len;
    const uint8_t *ipad, *opad; /* midstates */
    uint8_t *mac;
};

/* Space for the jobs of one burst, with all that never changes filled in. */
static IMB_JOB burst[IMB_MAX_BURST_SIZE];

static void fill_constant(IMB_JOB *job)
{
    job->hash_alg = IMB_AUTH_HMAC_SHA_256;
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_start_src_offset_in_bytes = 0;
    job->auth_tag_output_len_in_bytes = DIGEST_LEN;
}

static void fill(IMB_JOB *job, const struct message *message)
{
    job->src = message->data;
    job->msg_len_to_hash_in_bytes = message->len;
    job->u.HMAC._hashed_auth_key_xor_ipad = message->ipad;
    job->u.HMAC._hashed_auth_key_xor_opad = message->opad;
    job->auth_tag_output = message->mac;
}

/* Each interface in its unchecked form, the faster one. */
static void hash_burst(IMB_MGR *manager, const struct message *messages, size_t n)
{
    while (n > 0) {
        uint32_t n_burst = n < IMB_MAX_BURST_SIZE ? (uint32_t)n : IMB_MAX_BURST_SIZE;
        for (uint32_t i = 0; i < n_burst; i++)
            fill(&burst[i], &messages[i]);
        if (IMB_SUBMIT_HASH_BURST_NOCHECK(manager, burst, n_burst, IMB_AUTH_HMAC_SHA_256) != n_burst)
            workload_fail("ipsec-mb did not complete a burst");
        messages += n_burst;
        n -= n_burst;
    }
}

static void single_jobs(IMB_MGR *manager, const struct message *messages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(manager);
        fill_constant(job);
        fill(job, &messages[i]);
        IMB_SUBMIT_JOB_NOCHECK(manager);
    }
    while (IMB_FLUSH_JOB(manager) != NULL)
        ;
}

static const struct interface {
    const char *name;
    void (*hash)(IMB_MGR *manager, const struct message *messages, size_t n);
} interfaces[] = {{"hash_burst", hash_burst}, {"job", single_jobs}};
enum { N_INTERFACES = sizeof interfaces / sizeof *interfaces };

/* A manager per level that this CPU has, else NULL. */
static IMB_MGR *managers[N_LEVELS];

static void start(void)
{
    static int started;
    if (started)
        return;
    started = 1;
    for (size_t i = 0; i < N_LEVELS; i++) {
        IMB_MGR *manager = alloc_mb_mgr(0);
        if (manager == NULL)
            workload_fail("no memory for an ipsec-mb manager");
        if ((manager->features & levels[i].features) == levels[i].features) {
            levels[i].init(manager);
            if (imb_get_errno(manager) == 0)
                managers[i] = manager;
        }
        if (managers[i] == NULL)
            free_mb_mgr(manager);
    }
    for (size_t i = 0; i < IMB_MAX_BURST_SIZE; i++)
        fill_constant(&burst[i]);
}

/* --- the key's midstates --- */

/* digest = the chaining value after one block. */
typedef void one_block(IMB_MGR *manager, const uint8_t *block, uint8_t *digest);

static void one_block_ipsec_mb(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    IMB_SHA256_ONE_BLOCK(manager, block, digest);
}

static void one_block_libcrypto(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    (void)manager;
    SHA256_CTX context = {.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                              0x1f83d9ab, 0x5be0cd19}};
    SHA256_Transform(&context, block);
    memcpy(digest, context.h, DIGEST_LEN);
}

struct key {
    uint8_t ipad[DIGEST_LEN], opad[DIGEST_LEN];
};

/* --- the PRF --- */

/* A(i) and, right behind it, the seed: what an output block is the HMAC of. */
struct a_and_seed {
    uint8_t a[DIGEST_LEN];
    uint8_t seed[SEED_LEN];
};

/* One PRF of at most two output blocks. */
struct prf {
    const struct key *key;
    size_t seed_len;
    struct a_and_seed a1, a2;
    uint8_t out[2 * DIGEST_LEN];
};

struct state {
    struct batch batch;
    one_block *one_block;
    IMB_MGR *manager;
    const struct interface *interface;
    char choice[32];
    struct key keys[WINDOW];
    struct prf long_prfs[WINDOW];      /* master secret, then key block: two output blocks */
    struct prf short_prfs[2 * WINDOW]; /* Finished: one output block */
    struct message messages[MAX_MESSAGES];
};

static void set_key(struct state *s, struct key *key, const uint8_t *secret, size_t len)
{
    uint8_t block[BLOCK_LEN];
    memset(block, 0x36, sizeof block);
    for (size_t i = 0; i < len; i++)
        block[i] ^= secret[i];
    s->one_block(s->manager, block, key->ipad);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    s->one_block(s->manager, block, key->opad);
}

static void set_prf(struct prf *prf, const struct key *key, const char *label, size_t label_len,
    const uint8_t *a, const uint8_t *b)
{
    uint8_t *seed = prf->a1.seed;
    prf->key = key;
    memcpy(seed, label, label_len);
    memcpy(seed + label_len, a, 32);
    prf->seed_len = label_len + 32;
    if (b != NULL) {
        memcpy(seed + label_len + 32, b, 32);
        prf->seed_len += 32;
        memcpy(prf->a2.seed, seed, prf->seed_len);
    }
}

static void add(struct message **next, const struct prf *prf, const uint8_t *data, size_t len, uint8_t *mac)
{
    *(*next)++ = (struct message){data, len, prf->key->ipad, prf->key->opad, mac};
}

static void hash(struct state *s, const struct message *end)
{
    s->interface->hash(s->manager, s->messages, (size_t)(end - s->messages));
}

/* All PRFs at once in three steps: A(1); A(2); all output blocks. */
static void run_prfs(struct state *s, size_t n_long, size_t n_short)
{
    struct prf *end_long = s->long_prfs + n_long, *end_short = s->short_prfs + n_short;

    struct message *next = s->messages;
    for (struct prf *p = s->long_prfs; p < end_long; p++)
        add(&next, p, p->a1.seed, p->seed_len, p->a1.a);
    for (struct prf *p = s->short_prfs; p < end_short; p++)
        add(&next, p, p->a1.seed, p->seed_len, p->a1.a);
    hash(s, next);

    next = s->messages;
    for (struct prf *p = s->long_prfs; p < end_long; p++)
        add(&next, p, p->a1.a, DIGEST_LEN, p->a2.a);
    hash(s, next);

    next = s->messages;
    for (struct prf *p = s->long_prfs; p < end_long; p++) {
        add(&next, p, p->a1.a, DIGEST_LEN + p->seed_len, p->out);
        add(&next, p, p->a2.a, DIGEST_LEN + p->seed_len, p->out + DIGEST_LEN);
    }
    for (struct prf *p = s->short_prfs; p < end_short; p++)
        add(&next, p, p->a1.a, DIGEST_LEN + p->seed_len, p->out);
    hash(s, next);
}

static void derive_masters(struct state *s, const struct session *in, struct session_keys *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        set_key(s, &s->keys[i], in[i].pre_master, PRE_MASTER_LEN);
        set_prf(&s->long_prfs[i], &s->keys[i], "master secret", LABEL_LEN, in[i].client_random,
            in[i].server_random);
    }
    run_prfs(s, n, 0);
    for (size_t i = 0; i < n; i++)
        memcpy(out[i].master, s->long_prfs[i].out, MASTER_LEN);
}

static void derive_keys(struct state *s, const struct session *in, struct session_keys *out, size_t n)
{
    const struct shape *shape = &s->batch.workload->shape;
    size_t n_long = shape_key_block_len(shape) > 0 ? n : 0, n_short = shape->client_finished ? 2 * n : 0;
    for (size_t i = 0; i < n; i++)
        set_key(s, &s->keys[i], shape->pre_master_len > 0 ? out[i].master : in[i].known_master, MASTER_LEN);
    for (size_t i = 0; i < n_long; i++)
        set_prf(&s->long_prfs[i], &s->keys[i], "key expansion", LABEL_LEN, in[i].server_random,
            in[i].client_random);
    for (size_t i = 0; i < n_short; i += 2) {
        const struct key *key = &s->keys[i / 2];
        set_prf(&s->short_prfs[i], key, "client finished", FINISHED_LABEL_LEN, in[i / 2].client_finished_hash,
            NULL);
        set_prf(&s->short_prfs[i + 1], key, "server finished", FINISHED_LABEL_LEN,
            in[i / 2].server_finished_hash, NULL);
    }
    run_prfs(s, n_long, n_short);
    for (size_t i = 0; i < n_long; i++)
        memcpy(out[i].key_block, s->long_prfs[i].out, shape_key_block_len(shape));
    for (size_t i = 0; i < n_short; i += 2) {
        memcpy(out[i / 2].client_verify_data, s->short_prfs[i].out, VERIFY_DATA_LEN);
        memcpy(out[i / 2].server_verify_data, s->short_prfs[i + 1].out, VERIFY_DATA_LEN);
    }
}

static void run(void *state)
{
    struct state *s = state;
    for (size_t first = 0; first < s->batch.n; first += WINDOW) {
        const struct session *in = s->batch.sessions + first;
        struct session_keys *out = s->batch.keys + first;
        size_t n = s->batch.n - first < WINDOW ? s->batch.n - first : WINDOW;
        if (s->batch.workload->shape.pre_master_len > 0)
            derive_masters(s, in, out, n);
        if (shape_key_block_len(&s->batch.workload->shape) > 0 || s->batch.workload->shape.client_finished)
            derive_keys(s, in, out, n);
    }
}

/* --- choosing --- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_for(struct state *s, size_t runs)
{
    double begin = now();
    for (size_t i = 0; i < runs; i++)
        run(s);
    return now() - begin;
}

static void use(struct state *s, size_t level, size_t interface)
{
    s->manager = managers[level];
    s->interface = &interfaces[interface];
}

/* The fastest level and interface for this batch: the least of several rounds, in
 * which all take their turn. */
static void choose(struct state *s)
{
    enum { ROUNDS = 8, HANDSHAKES = 256 /* per turn: a fraction of a millisecond */ };
    size_t runs = (HANDSHAKES + s->batch.n - 1) / s->batch.n;
    double best = 0;
    size_t best_level = N_LEVELS, best_interface = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (size_t level = 0; level < N_LEVELS; level++)
            for (size_t interface = 0; managers[level] != NULL && interface < N_INTERFACES; interface++) {
                use(s, level, interface);
                double seconds = seconds_for(s, runs);
                if (best_level == N_LEVELS || seconds < best) {
                    best = seconds;
                    best_level = level;
                    best_interface = interface;
                }
            }
    if (best_level == N_LEVELS)
        workload_fail("ipsec-mb has no level for this CPU");
    use(s, best_level, best_interface);
    snprintf(s->choice, sizeof s->choice, "%s %s", levels[best_level].name, s->interface->name);
}

static struct state *new_state(const struct batch *batch, one_block *key_setup)
{
    start();
    struct state *s = workload_alloc(sizeof *s);
    s->batch = *batch;
    s->one_block = key_setup;
    choose(s);
    return s;
}

static void *prepare(const struct impl *impl, const struct batch *batch)
{
    (void)impl;
    return new_state(batch, one_block_ipsec_mb);
}

static void *prepare_libcrypto(const struct impl *impl, const struct batch *batch)
{
    (void)impl;
    return new_state(batch, one_block_libcrypto);
}

static const char *choice(const void *state)
{
    return ((const struct state *)state)->choice;
}

const struct impl impl_ipsec_mb = {
    .name = "ipsec-mb", .uniform_only = 1, .prepare = prepare, .run = run, .choice = choice};
const struct impl impl_ipsec_mb_libcrypto = {.name = "ipsec-mb+libcrypto",
    .uniform_only = 1,
    .prepare = prepare_libcrypto,
    .run = run,
    .choice = choice};

const char *impl_ipsec_mb_version(void)
{
    return imb_get_version_str();
}
