/*
 * intel-ipsec-mb, a multi-buffer library: it hashes many messages at once. It has no PRF, so that one is
 * composed here out of its HMAC with SHA-256 or SHA-384, as well as its API allows:
 *
 *  - every step is taken for all handshakes of a window before the next step, and all messages that are ready
 *    and equally long are handed over together;
 *  - the ipad and opad midstates are computed once per secret, from one block each, by the library's own
 *    one-block hash (impl `ipsec-mb`), or by libcrypto's, which is much faster than that of version 1.3 (impl
 *    `ipsec-mb+libcrypto`, the best that can be composed; 3.0 is as fast by itself);
 *  - which instruction set level serves the hash best, and through which interface of the library, differs by
 *    CPU, version and size of a call: prepare() measures them all on such calls and keeps the fastest.
 *
 * The key schedule of TLS 1.3 and QUIC is composed in the same way out of the steps of hmac_schedule.h: all
 * steps of a level are taken at once for all connections of a window, whether or not they are alike, and the
 * midstates of constant salts are kept.
 *
 * All items of a pool have one hash, SHA-256 or SHA-384. Handshakes are those of TLS 1.2, with a pre-master
 * secret that is no longer than a block of the hash, and without the exporters of a recorded session: takes()
 * refuses others.
 *
 * This file compiles with the headers of versions 1.3 to 3.0, whose managers differ. It is compiled for the
 * library of the system and, with PEERS_IPSEC_MB_NAMED, once more for one that the user names (impls
 * `ipsec-mb-named` and `ipsec-mb-named+libcrypto`). Each copy loads its own library, IPSEC_MB_LIBRARY, at run
 * time, so that the two can be in one process although their symbols have the same names.
 */
#define _GNU_SOURCE              /* RTLD_DEEPBIND, explicit_bzero */
#define NO_COMPAT_IMB_API_053    /* version 1.3 has old names that clash with <openssl/sha.h> */
#define OPENSSL_API_COMPAT 10100 /* SHA256_Transform and SHA512_Transform are deprecated since 3.0 */
#include <intel-ipsec-mb.h>
#include <openssl/sha.h>

#include "peers_support.h"
#include "core_clock.h"
#include "impl.h"
#include "hmac_schedule.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_BLOCK_LEN = 128,
    MAX_DIGEST_LEN = 48,
    STATE_LEN = 64, /* of a SHA-512 chaining value; that of SHA-256 takes half of it */
    LABEL_LEN = 13, /* "master secret" and "key expansion" */
    EXTENDED_LABEL_LEN = 22,
    FINISHED_LABEL_LEN = 15,
    EXPORTER_LABEL_LEN = sizeof(EXPORTER_LABEL) - 1,
    EXPORTER_SEED_LEN = 2 * RANDOM_LEN + 2, /* behind the randoms the length of an empty context */
    MAX_SEED_LEN = EXPORTER_LABEL_LEN + EXPORTER_SEED_LEN, /* label included */
    MAX_DIGESTS = 5,                                       /* of output, of one PRF */
    WINDOW = 64,                          /* handshakes in flight; 16 are slower, 32 and 128 no faster */
    MAX_PRFS = 3 * WINDOW,                /* key block and both Finished of all these handshakes */
    MAX_MESSAGES = MAX_DIGESTS * MAX_PRFS /* in one step */
};
_Static_assert(EXTENDED_LABEL_LEN + MAX_DIGEST_LEN <= MAX_SEED_LEN, "seeds with a transcript hash fit");
_Static_assert(MAX_KEY_BLOCK_LEN <= MAX_DIGESTS * 32, "a key block or keying material is not longer");
_Static_assert(MASTER_LEN <= 64, "set_key() hashes no secret that is longer than a block");

#ifdef PEERS_IPSEC_MB_NAMED
#define IMPL(suffix) impl_ipsec_mb_named##suffix
#define NAME "ipsec-mb-named"
#define LIBRARY LIBRARY_IPSEC_MB_NAMED
#else
#define IMPL(suffix) impl_ipsec_mb##suffix
#define NAME "ipsec-mb"
#define LIBRARY LIBRARY_IPSEC_MB
#endif

/* --- the library: functions, levels and interfaces --- */

static struct {
    bool is_tried; /* to load */
    const char *missing;
    void *file;
    IMB_MGR *(*new_manager)(uint64_t flags);
    void (*free_manager)(IMB_MGR *manager);
    size_t (*manager_len)(void);
    int (*error)(IMB_MGR *manager);
    const char *(*version)(void);
    unsigned (*version_number)(void);
} library;

static void *symbol(const char *name)
{
    void *found = dlsym(library.file, name);
    if (!found) {
        peers_fail("%s has no %s", IPSEC_MB_LIBRARY, name);
    }
    return found;
}

/* Returns why the library cannot be used, or NULL. */
static const char *load(void)
{
    static char text[512];
    library.file = dlopen(IPSEC_MB_LIBRARY, PEERS_DLOPEN_FLAGS);
    if (!library.file) {
        snprintf(text, sizeof(text), "%s", dlerror());
        return text;
    }
    *(void **)&library.new_manager = symbol("alloc_mb_mgr");
    *(void **)&library.free_manager = symbol("free_mb_mgr");
    *(void **)&library.manager_len = symbol("imb_get_mb_mgr_size");
    *(void **)&library.error = symbol("imb_get_errno");
    *(void **)&library.version = symbol("imb_get_version_str");
    *(void **)&library.version_number = symbol("imb_get_version");
    if (library.version_number() != IMB_VERSION_NUM) {
        snprintf(text, sizeof(text), "%s is version %s, and this program was built for %s", IPSEC_MB_LIBRARY,
            library.version(), IMB_VERSION_STR);
        return text;
    }
    return NULL;
}

const char *IMPL(_missing)(void)
{
    if (!library.is_tried) {
        library.missing = load();
        library.is_tried = true;
    }
    return library.missing;
}

static const struct level {
    const char *name;
    uint64_t features;
    const char *init; /* the function that makes a manager one of this level */
} levels[] = {
    {"sse", IMB_CPUFLAGS_SSE, "init_mb_mgr_sse"},
#ifdef IMB_CPUFLAGS_AVX /* up to 1.5 */
    {"avx", IMB_CPUFLAGS_AVX, "init_mb_mgr_avx"},
#endif
    {"avx2", IMB_CPUFLAGS_AVX2, "init_mb_mgr_avx2"},
    {"avx512", IMB_CPUFLAGS_AVX512, "init_mb_mgr_avx512"},
#ifdef IMB_CPUFLAGS_AVX10 /* from 3.0 on */
    {"avx10", IMB_CPUFLAGS_AVX10, "init_mb_mgr_avx10"},
#endif
};
enum { N_LEVELS = sizeof(levels) / sizeof(*levels) };

/* Writes the chaining value after one block. */
typedef void one_block(IMB_MGR *manager, const uint8_t *block, uint8_t *digest);

static void sha256_ipsec_mb(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    IMB_SHA256_ONE_BLOCK(manager, block, digest);
}

static void sha384_ipsec_mb(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    IMB_SHA384_ONE_BLOCK(manager, block, digest);
}

/* Contexts that hold the initial chaining values; start() fills them in. */
static SHA256_CTX sha256_initial;
static SHA512_CTX sha384_initial;

static void sha256_libcrypto(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    (void)manager;
    SHA256_CTX context = sha256_initial;
    SHA256_Transform(&context, block);
    memcpy(digest, context.h, sizeof(context.h));
}

static void sha384_libcrypto(IMB_MGR *manager, const uint8_t *block, uint8_t *digest)
{
    (void)manager;
    SHA512_CTX context = sha384_initial;
    SHA512_Transform(&context, block);
    memcpy(digest, context.h, sizeof(context.h));
}

/* Space for the jobs of one burst; each thread has its own. start() fills in all of them but the messages. */
static _Thread_local IMB_JOB sha256_burst[IMB_MAX_BURST_SIZE], sha384_burst[IMB_MAX_BURST_SIZE];

static const struct hash {
    IMB_HASH_ALG hmac;
    uint8_t block_len, digest_len;
    one_block *ipsec_mb, *libcrypto;
} hashes[] = {
    [LANEKDF_SHA256] = {IMB_AUTH_HMAC_SHA_256, 64, 32, sha256_ipsec_mb, sha256_libcrypto},
    [LANEKDF_SHA384] = {IMB_AUTH_HMAC_SHA_384, 128, 48, sha384_ipsec_mb, sha384_libcrypto},
};
enum { N_HASHES = sizeof(hashes) / sizeof(*hashes) };

/* One message and where its HMAC goes. */
struct message {
    const uint8_t *data;
    uint64_t len;
    const uint8_t *ipad, *opad; /* midstates */
    uint8_t *mac;
};

static void fill_constant(IMB_JOB *job, const struct hash *hash)
{
    job->hash_alg = hash->hmac;
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_start_src_offset_in_bytes = 0;
    job->auth_tag_output_len_in_bytes = hash->digest_len;
}

static void fill(IMB_JOB *job, const struct message *message)
{
    job->src = message->data;
    job->msg_len_to_hash_in_bytes = message->len;
    job->u.HMAC._hashed_auth_key_xor_ipad = message->ipad;
    job->u.HMAC._hashed_auth_key_xor_opad = message->opad;
    job->auth_tag_output = message->mac;
}

/* Each interface is used in its unchecked form, which is faster. */
static void hash_burst(IMB_MGR *manager, const struct hash *hash, const struct message *messages, size_t n)
{
    IMB_JOB *burst = hash == &hashes[LANEKDF_SHA384] ? sha384_burst : sha256_burst;
    while (n > 0) {
        uint32_t n_burst = n < IMB_MAX_BURST_SIZE ? (uint32_t)n : IMB_MAX_BURST_SIZE;
        for (uint32_t i = 0; i < n_burst; i++) {
            fill(&burst[i], &messages[i]);
        }
        if (IMB_SUBMIT_HASH_BURST_NOCHECK(manager, burst, n_burst, hash->hmac) != n_burst) {
            peers_fail("ipsec-mb did not complete a burst");
        }
        messages += n_burst;
        n -= n_burst;
    }
}

static void single_jobs(IMB_MGR *manager, const struct hash *hash, const struct message *messages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(manager);
        fill_constant(job, hash);
        fill(job, &messages[i]);
        IMB_SUBMIT_JOB_NOCHECK(manager);
    }
    while (IMB_FLUSH_JOB(manager)) {
    }
}

static const struct interface {
    const char *name;
    void (*hash_messages)(
        IMB_MGR *manager, const struct hash *hash, const struct message *messages, size_t n);
} interfaces[] = {{"hash_burst", hash_burst}, {"job", single_jobs}};
enum { N_INTERFACES = sizeof(interfaces) / sizeof(*interfaces) };

/* One manager for each level; NULL where this CPU does not have the level. A manager is for one thread, and
 * lives as long as the program. */
static _Thread_local IMB_MGR **managers;

/* The library does not zero what is left of keys in a manager. */
static void release_manager(void *manager)
{
    explicit_bzero(manager, library.manager_len());
    library.free_manager(manager);
}

static void start(void)
{
    if (managers) {
        return;
    }
    managers = peers_alloc(N_LEVELS * sizeof(*managers));
    if (IMPL(_missing)()) {
        peers_fail("ipsec-mb: %s", library.missing);
    }
    for (size_t i = 0; i < N_LEVELS; i++) {
        IMB_MGR *manager = library.new_manager(0);
        void (*init)(IMB_MGR *);
        *(void **)&init = symbol(levels[i].init);
        if (!manager) {
            peers_fail("no memory for an ipsec-mb manager");
        }
        if ((manager->features & levels[i].features) == levels[i].features) {
            init(manager);
            if (library.error(manager) == 0) {
                managers[i] = manager;
                peers_at_exit(release_manager, manager);
            }
        }
        if (!managers[i]) {
            library.free_manager(manager);
        }
    }
    SHA256_Init(&sha256_initial);
    SHA384_Init(&sha384_initial);
    for (size_t i = 0; i < IMB_MAX_BURST_SIZE; i++) {
        fill_constant(&sha256_burst[i], &hashes[LANEKDF_SHA256]);
        fill_constant(&sha384_burst[i], &hashes[LANEKDF_SHA384]);
    }
}

/* --- the PRF --- */

/* Each hash gets code of its own, in which its lengths are constants, as a user would write it. */
#define FOR_ONE_HASH static inline __attribute__((always_inline))

/* The midstates behind a secret's two pads. */
struct key {
    uint8_t ipad[STATE_LEN], opad[STATE_LEN];
};

/* One PRF. The seed stands right behind A(i), because the HMAC of both is a digest of output. */
struct prf {
    _Alignas(64) uint8_t a[MAX_DIGESTS][192]; /* A(1), A(2) and so on, a digest and the seed in each */
    _Alignas(64) uint8_t out[MAX_DIGESTS * MAX_DIGEST_LEN];
    const struct key *key;
    size_t seed_len;
    size_t n_digests;
};
_Static_assert(MAX_DIGEST_LEN + MAX_SEED_LEN <= sizeof(((struct prf *)0)->a[0]), "a digest and a seed fit");

/* What hashes for a pool, and how. */
struct hasher {
    const struct hash *hash;
    one_block *one_block;
    IMB_MGR *manager;
    const struct interface *interface;
    char choice[32];
};

struct state {
    struct hasher hasher;
    struct workload_batch pool;
    struct key keys[WINDOW];
    struct message messages[MAX_MESSAGES];
    struct prf prfs[MAX_PRFS];
};

FOR_ONE_HASH void set_key(
    const struct hasher *hasher, const struct hash *hash, struct key *key, const uint8_t *secret, size_t len)
{
    const size_t block_len = hash->block_len;
    uint8_t block[MAX_BLOCK_LEN];
    memset(block, 0x36, block_len);
    for (size_t i = 0; i < len; i++) {
        block[i] ^= secret[i];
    }
    hasher->one_block(hasher->manager, block, key->ipad);
    for (size_t i = 0; i < block_len; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    hasher->one_block(hasher->manager, block, key->opad);
}

/* Makes *prf the PRF(key, label, a + b) to out_len bytes. */
FOR_ONE_HASH void set_prf(const struct hash *hash, struct prf *prf, const struct key *key, size_t out_len,
    const char *label, size_t label_len, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    const size_t digest_len = hash->digest_len;
    uint8_t *seed = prf->a[0] + digest_len;
    prf->key = key;
    prf->n_digests = (out_len + digest_len - 1) / digest_len;
    prf->seed_len = label_len + a_len + b_len;
    memcpy(seed, label, label_len);
    memcpy(seed + label_len, a, a_len);
    if (b_len > 0) {
        memcpy(seed + label_len + a_len, b, b_len);
    }
    for (size_t i = 1; i < prf->n_digests; i++) {
        memcpy(prf->a[i] + digest_len, seed, prf->seed_len);
    }
}

static void add(struct message **next, const struct prf *prf, const uint8_t *data, size_t len, uint8_t *mac)
{
    *(*next)++ = (struct message){data, len, prf->key->ipad, prf->key->opad, mac};
}

FOR_ONE_HASH void hash_messages(struct state *s, const struct hash *hash, const struct message *end)
{
    s->hasher.interface->hash_messages(s->hasher.manager, hash, s->messages, (size_t)(end - s->messages));
}

/* Adds the messages whose HMACs are A(i + 1) of those PRFs that need it. */
FOR_ONE_HASH struct message *add_next_a(
    struct state *s, const struct hash *hash, size_t i, const struct prf *end)
{
    struct message *next = s->messages;
    for (struct prf *p = s->prfs; p < end; p++) {
        if (p->n_digests > i) {
            add(&next, p, p->a[i - 1], hash->digest_len, p->a[i]);
        }
    }
    return next;
}

/* Takes all PRFs at once: A(1), A(2) and so on, and then all digests of output. */
FOR_ONE_HASH void run_prfs(struct state *s, const struct hash *hash, const struct prf *end)
{
    const size_t digest_len = hash->digest_len;

    struct message *next = s->messages;
    for (struct prf *p = s->prfs; p < end; p++) {
        add(&next, p, p->a[0] + digest_len, p->seed_len, p->a[0]);
    }
    hash_messages(s, hash, next);

    for (size_t i = 1; i < MAX_DIGESTS && (next = add_next_a(s, hash, i, end)) > s->messages; i++) {
        hash_messages(s, hash, next);
    }

    next = s->messages;
    for (struct prf *p = s->prfs; p < end; p++) {
        for (size_t i = 0; i < p->n_digests; i++) {
            add(&next, p, p->a[i], digest_len + p->seed_len, p->out + i * digest_len);
        }
    }
    hash_messages(s, hash, next);
}

FOR_ONE_HASH void set_master(
    struct state *s, const struct hash *hash, struct prf *prf, struct key *key, size_t i)
{
    const struct handshake *handshake = &s->pool.handshakes[i];
    const struct handshake_inputs *in = &s->pool.inputs[i];
    set_key(&s->hasher, hash, key, workload_batch_pre_master(&s->pool, i), handshake->pre_master_len);
    if (handshake->extended) {
        set_prf(hash, prf, key, MASTER_LEN, "extended master secret", EXTENDED_LABEL_LEN, in->session_hash,
            hash->digest_len, NULL, 0);
    } else {
        set_prf(hash, prf, key, MASTER_LEN, "master secret", LABEL_LEN, in->client_random, RANDOM_LEN,
            in->server_random, RANDOM_LEN);
    }
}

/* Derives the master secrets of those handshakes from `first` on that have a pre-master secret. */
FOR_ONE_HASH void derive_masters(struct state *s, const struct hash *hash, size_t first, size_t n)
{
    struct prf *next = s->prfs;
    for (size_t i = 0; i < n; i++) {
        if (s->pool.handshakes[first + i].pre_master_len > 0) {
            set_master(s, hash, next++, &s->keys[i], first + i);
        }
    }
    if (next == s->prfs) {
        return;
    }
    run_prfs(s, hash, next);
    next = s->prfs;
    for (size_t i = 0; i < n; i++) {
        if (s->pool.handshakes[first + i].pre_master_len > 0) {
            memcpy(s->pool.outputs[first + i].master, next++->out, MASTER_LEN);
        }
    }
}

/* What a master secret is expanded to: a key block or, in its place, keying material. */
static size_t expansion_len(const struct handshake *handshake)
{
    return handshake->exporter_len > 0 ? handshake->exporter_len : handshake->key_block_len;
}

FOR_ONE_HASH void set_expansion(const struct hash *hash, struct prf *prf, const struct key *key,
    const struct handshake *handshake, const struct handshake_inputs *in)
{
    uint8_t seed[EXPORTER_SEED_LEN] = {0};
    if (handshake->exporter_len == 0) {
        set_prf(hash, prf, key, handshake->key_block_len, "key expansion", LABEL_LEN, in->server_random,
            RANDOM_LEN, in->client_random, RANDOM_LEN);
        return;
    }
    memcpy(seed, in->client_random, RANDOM_LEN);
    memcpy(seed + RANDOM_LEN, in->server_random, RANDOM_LEN);
    set_prf(hash, prf, key, handshake->exporter_len, EXPORTER_LABEL, EXPORTER_LABEL_LEN, seed, sizeof(seed),
        NULL, 0);
}

/* Makes the PRFs of all that master secrets are expanded to. Those of one kind stand behind each other,
 * because their messages are equally long. */
FOR_ONE_HASH struct prf *set_prfs(struct state *s, const struct hash *hash, size_t first, size_t n)
{
    const struct handshake *handshakes = s->pool.handshakes + first;
    const struct handshake_inputs *in = s->pool.inputs + first;
    struct prf *next = s->prfs;
    for (size_t i = 0; i < n; i++) {
        if (expansion_len(&handshakes[i]) > 0) {
            set_expansion(hash, next++, &s->keys[i], &handshakes[i], &in[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (handshakes[i].client_finished) {
            set_prf(hash, next++, &s->keys[i], VERIFY_DATA_LEN, "client finished", FINISHED_LABEL_LEN,
                in[i].client_finished_hash, hash->digest_len, NULL, 0);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (handshakes[i].server_finished) {
            set_prf(hash, next++, &s->keys[i], VERIFY_DATA_LEN, "server finished", FINISHED_LABEL_LEN,
                in[i].server_finished_hash, hash->digest_len, NULL, 0);
        }
    }
    return next;
}

static bool is_expanded(const struct handshake *handshake)
{
    return expansion_len(handshake) > 0 || handshake->client_finished || handshake->server_finished;
}

FOR_ONE_HASH void derive_keys(struct state *s, const struct hash *hash, size_t first, size_t n)
{
    const struct handshake *handshakes = s->pool.handshakes + first;
    struct handshake_outputs *out = s->pool.outputs + first;
    for (size_t i = 0; i < n; i++) {
        if (is_expanded(&handshakes[i])) {
            set_key(&s->hasher, hash, &s->keys[i],
                handshakes[i].pre_master_len > 0 ? out[i].master : s->pool.inputs[first + i].known_master,
                MASTER_LEN);
        }
    }
    const struct prf *next = set_prfs(s, hash, first, n);
    if (next == s->prfs) {
        return;
    }
    run_prfs(s, hash, next);
    next = s->prfs;
    for (size_t i = 0; i < n; i++) {
        if (expansion_len(&handshakes[i]) > 0) {
            memcpy(out[i].key_block, next++->out, expansion_len(&handshakes[i]));
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (handshakes[i].client_finished) {
            memcpy(out[i].client_verify_data, next++->out, VERIFY_DATA_LEN);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (handshakes[i].server_finished) {
            memcpy(out[i].server_verify_data, next++->out, VERIFY_DATA_LEN);
        }
    }
}

FOR_ONE_HASH void derive_windows(struct state *s, const struct hash *hash, size_t first, size_t end)
{
    for (; first < end; first += WINDOW) {
        const size_t n = end - first < WINDOW ? end - first : WINDOW;
        derive_masters(s, hash, first, n);
        derive_keys(s, hash, first, n);
    }
}

static void derive_handshakes(void *state, size_t first, size_t n)
{
    struct state *s = state;
    if (s->hasher.hash == &hashes[LANEKDF_SHA384]) {
        derive_windows(s, &hashes[LANEKDF_SHA384], first, first + n);
    } else {
        derive_windows(s, &hashes[LANEKDF_SHA256], first, first + n);
    }
}

/* --- the fastest level and interface --- */

typedef void derive_items(void *state, size_t first, size_t n);

/* The calls go through the first n_items of the pool, as far as it has them, again and again. */
static double ns_for(derive_items *derive, void *state, size_t n, size_t n_calls, size_t n_pool)
{
    const double begin = core_clock_ns();
    for (size_t i = 0; i < n_calls; i++) {
        derive(state, i % (n_pool / n) * n, n);
    }
    return core_clock_ns() - begin;
}

static void set_interface(struct hasher *hasher, size_t level, size_t interface)
{
    hasher->manager = managers[level];
    hasher->interface = &interfaces[interface];
}

/* Takes the fastest level and interface for calls of n items of a pool of n_pool, with turns of n_items or
 * more, a fraction of a millisecond. The time of each is the least of several rounds, in which all take their
 * turn, so that a disturbance does not hit one of them alone. */
static void choose_interface(
    struct hasher *hasher, derive_items *derive, void *state, size_t n, size_t n_items, size_t n_pool)
{
    enum { ROUNDS = 8 };
    const size_t n_calls = (n_items + n - 1) / n;
    size_t fastest_level = N_LEVELS, fastest_interface = 0;
    double least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t level = 0; level < N_LEVELS; level++) {
            for (size_t interface = 0; managers[level] && interface < N_INTERFACES; interface++) {
                set_interface(hasher, level, interface);
                const double ns = ns_for(derive, state, n, n_calls, n_pool);
                if (fastest_level == N_LEVELS || ns < least) {
                    least = ns;
                    fastest_level = level;
                    fastest_interface = interface;
                }
            }
        }
    }
    if (fastest_level == N_LEVELS) {
        peers_fail("ipsec-mb has no level for this CPU");
    }
    set_interface(hasher, fastest_level, fastest_interface);
    snprintf(
        hasher->choice, sizeof(hasher->choice), "%s %s", levels[fastest_level].name, hasher->interface->name);
}

/* What this file has code and room for. */
static bool takes(const struct workload_batch *pool, size_t i)
{
    const struct handshake *handshake = &pool->handshakes[i];
    return handshake->version == LANEKDF_TLS12 && handshake->hash < N_HASHES &&
           hashes[handshake->hash].digest_len > 0 && handshake->final_key_len == 0 &&
           handshake->pre_master_len <= hashes[handshake->hash].block_len &&
           workload_batch_n_exporters(pool, i) == 0;
}

static struct state *new_state(const struct workload_batch *pool, size_t n_per_call, bool with_libcrypto)
{
    start();
    for (size_t i = 0; i < pool->n; i++) {
        if (!takes(pool, i)) {
            peers_fail("%s: baseline_ipsec_mb.c takes no such handshakes", pool->workload->name);
        }
    }
    struct state *s = peers_alloc(sizeof(*s));
    s->pool = *pool;
    s->hasher.hash = &hashes[pool->handshakes[0].hash];
    s->hasher.one_block = with_libcrypto ? s->hasher.hash->libcrypto : s->hasher.hash->ipsec_mb;
    choose_interface(&s->hasher, derive_handshakes, s, n_per_call, 256, pool->n);
    return s;
}

static void *prepare(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return new_state(pool, n_per_call, false);
}

static void *prepare_libcrypto(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return new_state(pool, n_per_call, true);
}

static const char *choice(const void *state)
{
    return ((const struct hasher *)state)->choice; /* the first member of every state */
}

#define DESCRIPTION "PRF and HKDF composed of the library's HMAC, many at once"
#define DESCRIPTION_LIBCRYPTO "as ipsec-mb, but libcrypto sets up the keys of HMAC"

const struct impl IMPL() = {.name = NAME,
    .description = DESCRIPTION,
    .library = LIBRARY,
    .takes = takes,
    .prepare = prepare,
    .derive = derive_handshakes,
    .choice = choice};
const struct impl IMPL(_libcrypto) = {.name = NAME "+libcrypto",
    .description = DESCRIPTION_LIBCRYPTO,
    .library = LIBRARY,
    .takes = takes,
    .prepare = prepare_libcrypto,
    .derive = derive_handshakes,
    .choice = choice};

/* --- the key schedule of TLS 1.3 and QUIC --- */

enum { MAX_LEVEL_STEPS = 9, MAX_LEVEL_MESSAGES = WINDOW * MAX_LEVEL_STEPS };

/* A message whose bytes do not lie ready, and a digest of which not all is wanted. */
struct step_bytes {
    _Alignas(64) uint8_t info[MAX_INFO_LEN];
    _Alignas(64) uint8_t digest[64];
};

/* What connections that are alike have in common. */
struct shape {
    const struct schedule *schedule;
    struct key constant_keys[CONNECTION_MAX_CALLS]; /* by calls: each has one constant salt at most */
};

struct schedule_state {
    struct hasher hasher;
    struct shape **shapes; /* of each connection */
    size_t n_calls;
    unsigned n_levels[CONNECTION_MAX_CALLS]; /* by calls */
    struct key keys[MAX_LEVEL_MESSAGES];
    struct message messages[MAX_LEVEL_MESSAGES];
    struct step_bytes bytes[MAX_LEVEL_MESSAGES];
};

/* Makes a message of a step of one connection. */
FOR_ONE_HASH struct message step_message(const struct hash *hash, const struct schedule_step *step,
    const struct schedule_bases *bases, const struct key *key, struct step_bytes *bytes)
{
    struct message message = {step->label ? step->label->info : schedule_at(bases, &step->message),
        step->label ? step->label->info_len : step->message.len, key->ipad, key->opad,
        step->out.len == hash->digest_len ? schedule_at(bases, &step->out) : bytes->digest};
    if (step->label && step->message.len > 0) {
        memcpy(bytes->info, step->label->info, step->label->info_len);
        memcpy(bytes->info + step->label->context_at, schedule_at(bases, &step->message), step->message.len);
        if (step->also.len > 0) {
            memcpy(bytes->info + step->also_at, schedule_at(bases, &step->also), step->also.len);
        }
        message.data = bytes->info;
    }
    return message;
}

/* Hashes a context, for which there is no batch form. */
static void hash_context(const struct schedule_state *s, const struct hash *hash,
    const struct schedule_step *step, const struct schedule_bases *bases)
{
    const uint8_t *context = schedule_at(bases, &step->message);
    uint8_t *out = schedule_at(bases, &step->out);
    const bool is_sha384 = hash == &hashes[LANEKDF_SHA384];
    if (s->hasher.one_block == hash->libcrypto) {
        (is_sha384 ? SHA384 : SHA256)(context, step->message.len, out);
    } else if (is_sha384) {
        IMB_SHA384(s->hasher.manager, context, step->message.len, out);
    } else {
        IMB_SHA256(s->hasher.manager, context, step->message.len, out);
    }
}

/* Makes the messages of those steps of one connection that have this level, from number n_messages on.
 * Returns the number of messages then. */
FOR_ONE_HASH size_t add_level(struct schedule_state *s, const struct hash *hash, size_t call, unsigned level,
    struct shape *shape, const struct schedule_bases *bases, size_t n_messages)
{
    const struct schedule_call *steps = &shape->schedule->calls[call];
    struct key *key = s->keys;
    for (size_t k = 0; k < steps->n_steps; k++) {
        const struct schedule_step *step = &steps->steps[k];
        if (step->level != level) {
            continue;
        }
        if (step->operation == SCHEDULE_HASH) {
            hash_context(s, hash, step, bases);
            continue;
        }
        if (step->key.base == SCHEDULE_CONSTANT) {
            key = &shape->constant_keys[call];
        } else if (!step->has_last_key) {
            key = &s->keys[n_messages];
            set_key(&s->hasher, hash, key, schedule_at(bases, &step->key), hash->digest_len);
        }
        s->messages[n_messages] = step_message(hash, step, bases, key, &s->bytes[n_messages]);
        n_messages++;
    }
    return n_messages;
}

/* Takes those digests of which not all is wanted to where they belong. */
FOR_ONE_HASH size_t deliver_level(struct schedule_state *s, const struct hash *hash, size_t call,
    unsigned level, const struct shape *shape, const struct schedule_bases *bases, size_t n_messages)
{
    const struct schedule_call *steps = &shape->schedule->calls[call];
    for (size_t k = 0; k < steps->n_steps; k++) {
        const struct schedule_step *step = &steps->steps[k];
        if (step->level == level && step->operation != SCHEDULE_HASH) {
            if (step->out.len != hash->digest_len) {
                memcpy(schedule_at(bases, &step->out), s->bytes[n_messages].digest, step->out.len);
            }
            n_messages++;
        }
    }
    return n_messages;
}

FOR_ONE_HASH void run_level(struct schedule_state *s, const struct hash *hash, size_t call, unsigned level,
    struct shape *const *shapes, const struct schedule_bases *bases, size_t n)
{
    size_t n_messages = 0;
    for (size_t i = 0; i < n; i++) {
        n_messages = add_level(s, hash, call, level, shapes[i], &bases[i], n_messages);
    }
    if (n_messages > 0) {
        s->hasher.interface->hash_messages(s->hasher.manager, hash, s->messages, n_messages);
    }
    n_messages = 0;
    for (size_t i = 0; i < n; i++) {
        n_messages = deliver_level(s, hash, call, level, shapes[i], &bases[i], n_messages);
    }
}

FOR_ONE_HASH void derive_connections_of(
    struct schedule_state *s, const struct hash *hash, size_t first, size_t end)
{
    struct schedule_bases bases[WINDOW];
    for (size_t call = 0; call < s->n_calls; call++) {
        for (size_t at = first; at < end; at += WINDOW) {
            const size_t n = end - at < WINDOW ? end - at : WINDOW;
            for (size_t i = 0; i < n; i++) {
                bases[i] = schedule_bases(s->shapes[at + i]->schedule, at + i);
            }
            for (unsigned level = 0; level < s->n_levels[call]; level++) {
                run_level(s, hash, call, level, s->shapes + at, bases, n);
            }
        }
    }
}

static void derive_connections(void *state, size_t first, size_t n)
{
    struct schedule_state *s = state;
    if (s->hasher.hash == &hashes[LANEKDF_SHA384]) {
        derive_connections_of(s, &hashes[LANEKDF_SHA384], first, first + n);
    } else {
        derive_connections_of(s, &hashes[LANEKDF_SHA256], first, first + n);
    }
}

/* Checks that the arrays have room for the steps of a call, and computes the midstates of a constant salt. A
 * salt may be shorter than a digest. */
static void prepare_call(struct schedule_state *s, struct shape *shape, size_t call)
{
    const struct schedule_call *steps = &shape->schedule->calls[call];
    for (unsigned level = 0; level < steps->n_levels; level++) {
        size_t n = 0;
        for (size_t k = 0; k < steps->n_steps; k++) {
            n += steps->steps[k].level == level;
        }
        if (n > MAX_LEVEL_STEPS) {
            peers_fail("baseline_ipsec_mb.c has room for %d steps of a level", MAX_LEVEL_STEPS);
        }
    }
    const struct schedule_step *first = &steps->steps[0];
    if (first->key.base == SCHEDULE_CONSTANT) {
        set_key(&s->hasher, s->hasher.hash, &shape->constant_keys[call],
            shape->schedule->constants + first->key.offset, first->key.len);
    }
    s->n_levels[call] = steps->n_levels > s->n_levels[call] ? steps->n_levels : s->n_levels[call];
}

static struct shape *new_shapes(struct schedule_state *s, const struct schedules *schedules)
{
    struct shape *shapes = peers_alloc(schedules->n * sizeof(*shapes));
    for (size_t i = 0; i < schedules->n; i++) {
        shapes[i].schedule = schedules->all[i];
        for (size_t call = 0; call < schedules->all[i]->n_calls; call++) {
            prepare_call(s, &shapes[i], call);
        }
    }
    return shapes;
}

static struct schedule_state *new_schedule_state(
    const struct workload_batch *pool, size_t n_per_call, bool with_libcrypto)
{
    enum { ITEMS_ALIKE = 32, ITEMS_OF_MIX = 256 };
    start();
    struct schedule_state *s = peers_alloc(sizeof(*s));
    const struct schedules schedules = schedules_new(pool);
    s->n_calls = schedules.n_calls;
    s->hasher.hash = &hashes[schedules.all[0]->hash];
    s->hasher.one_block = s->hasher.hash->libcrypto; /* for constants, whoever hashes the rest */
    struct shape *shapes = new_shapes(s, &schedules);
    s->shapes = peers_alloc(pool->n * sizeof(*s->shapes));
    for (size_t i = 0; i < pool->n; i++) {
        s->shapes[i] = &shapes[schedules.of[i]];
    }
    s->hasher.one_block = with_libcrypto ? s->hasher.hash->libcrypto : s->hasher.hash->ipsec_mb;
    /* All windows of a large call are alike, so that one of them is enough to choose by. */
    choose_interface(&s->hasher, derive_connections, s, n_per_call < WINDOW ? n_per_call : WINDOW,
        schedules.n > 1 ? ITEMS_OF_MIX : ITEMS_ALIKE, pool->n);
    return s;
}

static void *prepare_connections(
    const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return new_schedule_state(pool, n_per_call, false);
}

static void *prepare_connections_libcrypto(
    const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return new_schedule_state(pool, n_per_call, true);
}

const struct impl IMPL(_schedule) = {.name = NAME,
    .description = DESCRIPTION,
    .library = LIBRARY,
    .prepare = prepare_connections,
    .derive = derive_connections,
    .choice = choice};
const struct impl IMPL(_libcrypto_schedule) = {.name = NAME "+libcrypto",
    .description = DESCRIPTION_LIBCRYPTO,
    .library = LIBRARY,
    .prepare = prepare_connections_libcrypto,
    .derive = derive_connections,
    .choice = choice};

const char *IMPL(_version)(void)
{
    return IMPL(_missing)() ? NULL : library.version();
}
