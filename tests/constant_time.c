/*
 * No branch and no address depends on a secret. There are three checks, of which the build, or valgrind,
 * decides which one runs.
 *
 *  - Usually calls are single-stepped twice, in two processes that differ in nothing but the secrets. The
 *    paths must be the same, instruction by instruction. For a kernel's run(), which may be in assembler, all
 *    general registers must be the same as well, and with them every address: secrets are in vector registers
 *    only. (Kernels whose words are in general registers run at full speed, and are left to the other check.)
 *  - Under MemorySanitizer those kernels run on poisoned secrets, and MemorySanitizer ends the process at a
 *    branch or an address that depends on one.
 *  - Under valgrind every kernel whose instructions it knows, AVX2 and what is older, runs on secrets that
 *    are undefined to it, and it counts the branches and the addresses that depend on one.
 *
 *     constant_time KERNEL|default
 *
 * Each check is tried on planted defects first: a check that finds nothing there fails.
 *
 * Catches: an early exit or a table look-up that depends on a secret, in the engine, in a kernel, in the
 * pre-master secrets or in the reference, and code that a compiler makes of such.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "gather.h"
#include "job_kinds.h"
#include "kernel_argument.h"
#include "lanekdf.h"
#include "reference.h"
#include "rng.h"
#include "simd.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define UNDER_MSAN
#endif
#endif

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#if !defined(RUNNING_ON_VALGRIND)
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_MAKE_MEM_UNDEFINED(address, len) ((void)(address), (void)(len))
#endif

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                          \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* Scalar kernels, and those of one lane that only have help from vectors. */
static bool has_words_in_general_registers(const struct simd_kernel *kernel)
{
    return kernel->lanes == 1 && !(kernel->features & SIMD_CPU_SHANI);
}

/* MemorySanitizer does not see into those of these kernels that are in assembler. */
static bool is_in_assembler(const struct simd_kernel *kernel)
{
    return kernel->features & (SIMD_CPU_AVX2 | SIMD_CPU_AVX512VL);
}

/* ---- jobs: all kinds, hashes and versions, one call each and together ---- */

static const uint32_t hashes[] = {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) LANEKDF_##id,
#include "tested_hashes.h"
#undef TESTED_HASH
};
static const uint32_t tls_hashes[] = {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_MD5_SHA1};
enum { N_HASHES = sizeof(hashes) / sizeof(*hashes), N_TLS_HASHES = sizeof(tls_hashes) / sizeof(*tls_hashes) };

/* The hashes of TLS that have a key schedule of stages, the first ones of tls_hashes. */
enum { N_STAGE_HASHES = 2 };

/* A PRF and an HMAC of every hash, but that there is no HMAC of LANEKDF_MD5_SHA1; four kinds of every hash of
 * TLS; a message hash, which has no secret but its message; three kinds of SSLv3; a resumed session; for both
 * hashes eleven kinds of HKDF and of stages, two of them in two forms; and the keys of QUIC's Initial
 * packets, whose connection ID is treated as a secret. */
enum {
    N_JOBS = N_HASHES + N_HASHES - 1 + 4 * N_TLS_HASHES + 1 + 3 + 1 + 13 * N_STAGE_HASHES + 1,
    SECRET_BYTES = 301,
    OUT_BYTES = 400,
    PRF_BYTES = 300
};

static uint8_t secrets[N_JOBS][SECRET_BYTES], outputs[N_JOBS][OUT_BYTES];
static uint8_t randoms[2][LANEKDF_RANDOM_LEN], transcript_hashes[2][48];
static struct lanekdf_bytes pieces[2] = {{randoms[0], LANEKDF_RANDOM_LEN}, {randoms[1], LANEKDF_RANDOM_LEN}};
/* Of secrets: fill_secrets() makes one for each hash of TLS in front of a call, and some jobs make one. */
static struct lanekdf_prepared_secret prepared[N_TLS_HASHES], prepared_by_job[N_JOBS];

static union any_job any[N_JOBS];
static struct lanekdf_job *jobs[N_JOBS];
static size_t n_jobs;

/* Secrets of one block and of several, with a middle byte and without. */
static struct lanekdf_bytes secret(void)
{
    static const uint16_t lens[] = {48, 32, 65, 64, 129, 256, 301};
    return (struct lanekdf_bytes){secrets[n_jobs], lens[n_jobs % 7]};
}

static void add(union any_job job)
{
    CHECK(n_jobs < N_JOBS);
    any[n_jobs] = job;
    jobs[n_jobs] = &any[n_jobs].job;
    n_jobs++;
}

static struct lanekdf_handshake handshake(uint16_t version, uint32_t hash, size_t transcript_len)
{
    uint8_t *const out = outputs[n_jobs];
    const bool is_old = version != LANEKDF_TLS12;
    CHECK(transcript_len <= sizeof(transcript_hashes[0]));
    return (struct lanekdf_handshake){.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = version,
        .hash = (uint16_t)hash,
        .client_random = randoms[0],
        .server_random = randoms[1],
        .mac_key_len = 4,
        .enc_key_len = 8,
        .fixed_iv_len = 4,
        .final_key_len = is_old ? 8 : 0,
        .client_finished_hash = {transcript_hashes[0], transcript_len},
        .server_finished_hash = {transcript_hashes[1], transcript_len},
        .master_secret = out,
        .key_block = out + 48,
        .final_keys = is_old ? out + 152 : NULL,
        .client_verify_data = out + 200,
        .server_verify_data = out + 212};
}

/* The kinds of jobs that go with a handshake of this hash. */
static void add_jobs_of_tls(uint32_t hash, const struct lanekdf_prepared_secret *given)
{
    const uint16_t version = hash == LANEKDF_MD5_SHA1 ? LANEKDF_TLS10 : LANEKDF_TLS12;
    struct lanekdf_handshake hs = handshake(version, hash, lanekdf_hash_len(hash));
    const struct lanekdf_exporter exporter = {.job.kind = LANEKDF_KIND_EXPORTER,
        .hash = hash,
        .prepared_secret = given,
        .client_random = randoms[0],
        .server_random = randoms[1],
        .label = pieces[0],
        .out = {outputs[n_jobs] + OUT_BYTES - 40, 40}};
    const struct lanekdf_finished finished = {.job.kind = LANEKDF_KIND_FINISHED,
        .hash = hash,
        .prepared_secret = given,
        .client_finished_hash = hs.client_finished_hash,
        .client_verify_data = outputs[n_jobs] + OUT_BYTES - 60};
    hs.pre_master_secret = secret();
    hs.prepared_master_secret = &prepared_by_job[n_jobs];
    add((union any_job){.handshake = hs});
    add((union any_job){.exporter = exporter});
    add((union any_job){.finished = finished});
    add((union any_job){.prepare = {.job.kind = LANEKDF_KIND_PREPARE,
                            .hash = hash,
                            .secret = secret(),
                            .prepared = &prepared_by_job[n_jobs]}});
}

static void add_jobs_of_ssl3(void)
{
    struct lanekdf_handshake hs = handshake(LANEKDF_SSL3, LANEKDF_MD5_SHA1, 0);
    hs.pre_master_secret = secret();
    add((union any_job){.handshake = hs});
    add((union any_job){.ssl3_prf = {.job.kind = LANEKDF_KIND_SSL3_PRF,
                            .secret = secret(),
                            .seed = pieces,
                            .n_seed = 2,
                            .out = {outputs[n_jobs], 40}}});
    add((union any_job){.ssl3_finished = {.job.kind = LANEKDF_KIND_SSL3_FINISHED,
                            .master_secret = secrets[n_jobs],
                            .handshake_messages = pieces,
                            .n_handshake_messages = 2,
                            .out = outputs[n_jobs]}});
}

static void add_jobs_of_hash(uint32_t hash)
{
    add((union any_job){.prf = {.job.kind = LANEKDF_KIND_PRF,
                            .hash = hash,
                            .secret = secret(),
                            .label = {(const uint8_t *)"label", 5},
                            .seed = pieces,
                            .n_seed = 2,
                            .out = {outputs[n_jobs], hash == LANEKDF_SHA256 ? PRF_BYTES : 48}}});
    if (hash != LANEKDF_MD5_SHA1) {
        add((union any_job){.hmac = {.job.kind = LANEKDF_KIND_HMAC,
                                .hash = hash,
                                .key = secret(),
                                .message = pieces,
                                .n_message = 2,
                                .out = {outputs[n_jobs], 16}}});
    }
}

static void add_message_hash(void)
{
    static struct lanekdf_bytes message;
    message = secret();
    add((union any_job){.message_hash = {.job.kind = LANEKDF_KIND_HASH,
                            .hash = LANEKDF_SHA256,
                            .message = &message,
                            .n_message = 1,
                            .out = {outputs[n_jobs], 32}}});
}

static void add_resumed_session(void)
{
    struct lanekdf_handshake hs = handshake(LANEKDF_TLS12, LANEKDF_SHA256, 32);
    hs.known_master_secret = secrets[n_jobs];
    add((union any_job){.handshake = hs});
}

/* ---- stages of TLS 1.3, DTLS 1.3 and QUIC, and HKDF ---- */

#define STAGE(id) .job.kind = LANEKDF_KIND_##id, .hash = hash, .version = version
#define KEYS .key_len = 16, .iv_len = 12

static void add_early(uint32_t hash, uint32_t version)
{
    uint8_t *const out = outputs[n_jobs];
    add((union any_job){
        .tls13_early = {STAGE(TLS13_EARLY), KEYS, .psk = secret(), .binder_hash = transcript_hashes[0],
            .client_hello_hash = transcript_hashes[1], .early_secret = out, .binder = out + 48,
            .handshake_salt = out + 96, .client_early_traffic_secret = out + 144,
            .client_early_keys = out + 192, .early_exporter_master_secret = out + 240}});
}

/* With a PSK and a hybrid group, or without a PSK. */
static void add_handshake_stage(uint32_t hash, uint32_t version, bool has_psk)
{
    uint8_t *const out = outputs[n_jobs];
    add((union any_job){
        .tls13_handshake = {STAGE(TLS13_HANDSHAKE), KEYS,
            .shared_secret = {{secrets[n_jobs], 32}, {secrets[n_jobs] + 32, has_psk ? 32 : 0}},
            .handshake_salt = has_psk ? secrets[n_jobs] + 100 : NULL, .transcript_hash = transcript_hashes[0],
            .client_handshake_traffic_secret = out, .server_handshake_traffic_secret = out + 48,
            .client_keys = out + 96, .server_keys = out + 196, .master_secret = out + 300,
            .prepared_master_secret = has_psk ? &prepared_by_job[n_jobs] : NULL}});
}

static void add_application(uint32_t hash, uint32_t version, const struct lanekdf_prepared_secret *given)
{
    uint8_t *const out = outputs[n_jobs];
    add((union any_job){.tls13_application = {STAGE(TLS13_APPLICATION), KEYS, .prepared_master_secret = given,
                            .transcript_hash = transcript_hashes[0], .client_application_traffic_secret = out,
                            .server_application_traffic_secret = out + 48, .client_keys = out + 96,
                            .server_keys = out + 196, .exporter_master_secret = out + 300,
                            .prepared_exporter_master_secret = &prepared_by_job[n_jobs]}});
}

static void add_resumption(uint32_t hash, uint32_t version)
{
    add((union any_job){.tls13_resumption = {STAGE(TLS13_RESUMPTION), .master_secret = secrets[n_jobs],
                            .transcript_hash = transcript_hashes[0], .nonces = pieces, .n_nonces = 2,
                            .resumption_master_secret = outputs[n_jobs], .psks = outputs[n_jobs] + 48}});
}

static void add_traffic(uint32_t hash, uint32_t version, uint32_t n_updates)
{
    add((union any_job){
        .tls13_traffic = {STAGE(TLS13_TRAFFIC), KEYS, .n_updates = n_updates,
            .traffic_secret = secrets[n_jobs], .next_secret = n_updates ? outputs[n_jobs] : NULL,
            .keys = outputs[n_jobs] + 48}});
}

/* The stages that have one output, or outputs of one form. */
static void add_small_stages(uint32_t hash, uint32_t version)
{
    add((union any_job){.tls13_finished = {.job.kind = LANEKDF_KIND_TLS13_FINISHED,
                            .hash = hash,
                            .finished_key = secrets[n_jobs],
                            .transcript_hash = transcript_hashes[0],
                            .verify_data = outputs[n_jobs]}});
    add((union any_job){
        .tls13_exporter = {STAGE(TLS13_EXPORTER), .exporter_master_secret = secrets[n_jobs],
            .label = {(const uint8_t *)"label", 5}, .context = pieces[0], .out = {outputs[n_jobs], 80}}});
    add((union any_job){.tls13_psk_import = {.job.kind = LANEKDF_KIND_TLS13_PSK_IMPORT,
                            .hash = hash,
                            .target_protocol = LANEKDF_TLS13,
                            .target_kdf = 1,
                            .psk = secret(),
                            .identity = pieces[0],
                            .context = pieces[1],
                            .imported_psk = outputs[n_jobs]}});
    add((union any_job){.ech_confirmation = {STAGE(ECH_CONFIRMATION), .inner_random = secrets[n_jobs],
                            .transcript_hash = transcript_hashes[0], .confirmation = outputs[n_jobs]}});
}

static void add_jobs_of_hkdf(uint32_t hash, uint32_t version)
{
    static struct lanekdf_bytes input[N_JOBS];
    uint8_t *const out = outputs[n_jobs];
    input[n_jobs] = secret();
    add((union any_job){.hkdf = {.job.kind = LANEKDF_KIND_HKDF,
                            .hash = hash,
                            .flags = LANEKDF_HKDF_EXTRACT,
                            .salt = {secrets[n_jobs] + 100, 64},
                            .input = &input[n_jobs],
                            .n_input = 1,
                            .info = pieces,
                            .n_info = 2,
                            .prk_out = out,
                            .prepared_prk_out = &prepared_by_job[n_jobs],
                            .out = {out + 48, 100}}});
    add((union any_job){.expand_label = {STAGE(EXPAND_LABEL), .secret = secret(), .n_labels = 2,
                            .labels = {{pieces[0], pieces[1], {outputs[n_jobs], 40}},
                                {pieces[1], pieces[0], {outputs[n_jobs] + 40, 100}}}}});
}

static void add_stages(uint32_t hash, uint32_t version, const struct lanekdf_prepared_secret *given)
{
    add_early(hash, version);
    add_handshake_stage(hash, version, false);
    add_handshake_stage(hash, version, true);
    add_application(hash, version, given);
    add_resumption(hash, version);
    add_traffic(hash, version, 0);
    add_traffic(hash, version, 2);
    add_small_stages(hash, version);
    add_jobs_of_hkdf(hash, version);
}

static void add_quic_initial(void)
{
    uint8_t *const out = outputs[n_jobs];
    add((union any_job){.quic_initial = {.job.kind = LANEKDF_KIND_QUIC_INITIAL,
                            .version = LANEKDF_QUIC_V1,
                            .connection_id = {secrets[n_jobs], 8},
                            .client_initial_secret = out,
                            .server_initial_secret = out + 48,
                            .client_keys = out + 96,
                            .server_keys = out + 196}});
}

static bool has_job_of(uint32_t kind)
{
    for (size_t i = 0; i < n_jobs; i++) {
        if (jobs[i]->kind == kind) {
            return true;
        }
    }
    fprintf(stderr, "no job of kind %s: add one to make_jobs()\n", job_kind(kind)->name);
    return false;
}

static void make_jobs(void)
{
    for (size_t i = 0; i < N_HASHES; i++) {
        add_jobs_of_hash(hashes[i]);
    }
    for (size_t i = 0; i < N_TLS_HASHES; i++) {
        add_jobs_of_tls(tls_hashes[i], &prepared[i]);
    }
    add_message_hash();
    add_jobs_of_ssl3();
    add_resumed_session();
    add_stages(LANEKDF_SHA256, LANEKDF_QUIC_V1, &prepared[0]);
    add_stages(LANEKDF_SHA384, LANEKDF_TLS13, &prepared[1]);
    add_quic_initial();
    CHECK(n_jobs == N_JOBS);
    for (size_t i = 0; i < n_job_kinds; i++) {
        CHECK(has_job_of(job_kinds[i].id));
    }
}

/* Of the first secrets. The hash that a prepared secret is for is not secret, nor is how it was made. */
static void prepare_secrets(void)
{
    for (size_t i = 0; i < N_TLS_HASHES; i++) {
        struct lanekdf_prepare job = {.job.kind = LANEKDF_KIND_PREPARE,
            .hash = tls_hashes[i],
            .secret = {secrets[i], LANEKDF_MASTER_SECRET_LEN},
            .prepared = &prepared[i]};
        CHECK(lanekdf_derive_one(&job.job) == LANEKDF_OK);
    }
}

static lanekdf_context *context;

static void derive_batch(void)
{
    lanekdf_context_derive(context, jobs, N_JOBS);
}

/* Two jobs in a call take tasks of their own where the plans of their families say so. Some pairs do, as
 * each job is under test in a batch, too, and steps take long. */
static void derive_few(void)
{
    for (size_t i = 0; i + 1 < N_JOBS; i += 8) {
        lanekdf_context_derive(context, &jobs[i], 2);
    }
}

static void derive_each(void)
{
    for (size_t i = 0; i < N_JOBS; i++) {
        lanekdf_derive_one(jobs[i]);
    }
}

/* What the engine does for one job is traced for each job on one kernel. */
static void derive_some(void)
{
    for (size_t i = 0; i < N_JOBS; i += 8) {
        lanekdf_derive_one(jobs[i]);
    }
}

/* Keys and messages are secret. The message fills two blocks in the second piece, and one at the end. */
static void run_hmacs(void)
{
    static const size_t lens[] = {13, 0, SECRET_BYTES};
    for (size_t i = 0; i < N_TLS_HASHES; i++) {
        struct lanekdf_hmac_state state;
        if (tls_hashes[i] == LANEKDF_MD5_SHA1) {
            continue;
        }
        lanekdf_hmac_start(&state, tls_hashes[i], &prepared[i]);
        for (size_t k = 0; k < sizeof(lens) / sizeof(*lens); k++) {
            lanekdf_hmac_update(&state, (struct lanekdf_bytes){secrets[i], lens[k]});
        }
        lanekdf_hmac_finish(&state, (struct lanekdf_span){outputs[i], lanekdf_hash_len(tls_hashes[i])});
        lanekdf_hmac_restart(&state);
    }
}

static void derive_by_reference(void)
{
    for (size_t i = 0; i < N_JOBS; i++) {
        reference_derive(&any[i].job);
    }
}

/* ---- pre-master and shared secrets: the secrets of two calls differ in all that could decide a branch ----
 */

enum { ENCODED_LEN = 128, N_ZEROS = 5, X_LEN = 66 };

static struct pre_master_secrets {
    uint8_t encoded[ENCODED_LEN], message[LANEKDF_PRE_MASTER_RSA_LEN];
    uint32_t good;
    uint8_t random[LANEKDF_PRE_MASTER_RANDOM_LEN], z[ENCODED_LEN], x[X_LEN], x25519[32], x448[56], psk[32];
} pre_master;

static volatile int status_sink;
static uint8_t pre_master_secret[2 * ENCODED_LEN];

/* Random bytes become a block that is encoded well or wrongly, a shared secret with leading zeros or without,
 * and one of zeros alone. */
static void decide_pre_master(unsigned seed)
{
    uint8_t *const em = pre_master.encoded;
    const bool odd = seed & 1;
    for (size_t i = 0; i < ENCODED_LEN; i++) {
        em[i] |= 1;
    }
    em[0] = 0;
    em[1] = 2;
    em[ENCODED_LEN - LANEKDF_PRE_MASTER_RSA_LEN - 1] = 0;
    if (odd) {
        em[0] = 1;
        em[1] = 3;
        em[20] = 0;
        em[ENCODED_LEN - LANEKDF_PRE_MASTER_RSA_LEN - 1] = 9;
    }
    pre_master.good = odd ? 0 : 0x100;
    pre_master.z[N_ZEROS] |= 1;
    memset(pre_master.z, odd, N_ZEROS);
    memset(pre_master.x, odd, N_ZEROS);
    if (odd) {
        memset(pre_master.x25519, 0, sizeof(pre_master.x25519));
        memset(pre_master.x448, 0, sizeof(pre_master.x448));
    }
}

static void make_pre_masters(void)
{
    const struct pre_master_secrets *const s = &pre_master;
    uint8_t *const out = pre_master_secret;
    struct lanekdf_span dh = {out, sizeof(s->z)};
    const struct lanekdf_bytes psk = {s->psk, sizeof(s->psk)};

    status_sink = lanekdf_pre_master_rsa(
        (struct lanekdf_bytes){s->encoded, ENCODED_LEN}, LANEKDF_TLS12, s->random, out);
    status_sink = lanekdf_pre_master_rsa_message(s->message, s->good, LANEKDF_TLS12, s->random, out);
    status_sink = lanekdf_pre_master_dh((struct lanekdf_bytes){s->z, sizeof(s->z)}, &dh);
    status_sink =
        lanekdf_pre_master_ecdh((struct lanekdf_bytes){s->x, X_LEN}, (struct lanekdf_span){out, X_LEN + 2});
    status_sink = lanekdf_pre_master_x25519(s->x25519, out);
    status_sink = lanekdf_pre_master_x448(s->x448, out);
    status_sink = lanekdf_pre_master_psk(psk, (struct lanekdf_span){out, 4 + 2 * psk.len});
    status_sink = lanekdf_pre_master_psk_with(
        (struct lanekdf_bytes){s->x, X_LEN}, psk, (struct lanekdf_span){out, 4 + X_LEN + psk.len});

    struct lanekdf_bytes hybrid[2];
    status_sink = lanekdf_shared_secret_dh(
        (struct lanekdf_bytes){s->z, sizeof(s->z)}, (struct lanekdf_span){out, sizeof(s->z) + 2});
    status_sink = lanekdf_shared_secret_hybrid(
        LANEKDF_X25519MLKEM768, psk, (struct lanekdf_bytes){s->x25519, sizeof(s->x25519)}, hybrid);
}

/* ---- a kernel's run() on a program with every form of an operation ---- */

static const struct simd_kernel *kernel;
static bool is_default; /* the engine's choice of kernel */
static bool runs_jobs;  /* a kernel of another family than SHA-256 runs by itself: the engine is the same */

enum { NONE = SIMD_NO_SLOT, PADDED = SIMD_PADDED_DIGEST };
static struct simd_op ops[] = {
    /* dst, state, digest, lo, hi_digest, hi, xor_byte, hints, gap */
    {5, 4, NONE, 0, NONE, 1, SIMD_IPAD, 0, 0},
    {6, 4, NONE, 0, NONE, 1, SIMD_OPAD, 0, 1},
    {7, 5, NONE, 2, NONE, 3, 0, 0, 0},
    {8, 6, 7, NONE, NONE, 3, 0, PADDED, 0},
    {5, 5, 8, NONE, NONE, 2, 0, 0, 0},
    {7, 6, 8, 2, NONE, 3, 0, 0, 1},
    {7, 4, 5, 2, 7, 3, SIMD_IPAD, 0, 0},
};
enum { N_SLOTS = 9 };
static struct simd_program program = {
    .ops = ops, .n_ops = sizeof(ops) / sizeof(*ops), .n_slots = N_SLOTS, .hi_digest_words = 4};

/* A digest of fewer than eight words is followed by words of `lo`, which an operation must name then; and no
 * hint is meant for such a digest. */
static void adapt_program(void)
{
    program.digest_words = (uint8_t)simd_state_words(kernel->family);
    for (size_t i = 0; i < program.n_ops && program.digest_words < 8; i++) {
        ops[i].lo = ops[i].lo == NONE ? 1 : ops[i].lo;
        ops[i].hints = 0;
    }
}

static struct feed {
    struct simd_feed feed;
    unsigned n_left;
} feed;

enum { BANK_BYTES = N_SLOTS * 32 * SIMD_MAX_LANES };
static _Alignas(64) uint8_t banks[SIMD_MAX_TASKS_IN_FLIGHT + 1][BANK_BYTES], scratch[65536];

static int next(struct simd_feed *f, unsigned cursor, struct simd_task *task)
{
    (void)f;
    (void)cursor;
    if (!feed.n_left) {
        return 0;
    }
    task->program = &program;
    task->bank = banks[--feed.n_left];
    return 1;
}

static void run_kernel(void)
{
    feed.feed.next = next;
    feed.n_left = kernel->tasks_in_flight + 1u;
    kernel->run(&feed.feed, scratch);
}

/* ---- planted defects ---- */

static volatile uint8_t sink;

static void planted_branch(void)
{
    if (secrets[0][0] & 1) {
        sink = 1;
    }
}

static void planted_look_up(void)
{
    sink = outputs[0][secrets[0][0]];
}

/* ---- secrets ---- */

/* Which secrets the child of a trace has. An argument would stay in a register, and be found there. */
static volatile unsigned secrets_seed;

static void fill_secrets(unsigned seed)
{
    struct rng rng = rng_from(seed);
    rng_fill(&rng, secrets, sizeof(secrets));
    rng_fill(&rng, banks, sizeof(banks));
    rng_fill(&rng, &pre_master, sizeof(pre_master));
    secrets[0][0] = (uint8_t)(seed & 1 ? 0x55 : 0xaa); /* the planted defects read this byte */
    decide_pre_master(seed);
    if (runs_jobs) {
        prepare_secrets();
    }
}

/* ---- secrets that are poisoned ---- */

static void poison(void *bytes, size_t len)
{
#if defined(UNDER_MSAN)
    __msan_poison(bytes, len);
#else
    VALGRIND_MAKE_MEM_UNDEFINED(bytes, len);
#endif
}

/* MemorySanitizer ends the process at its first finding, and valgrind counts them. Each call has a child of
 * its own. */
static bool finds(void (*call)(void))
{
    secrets_seed = 0;
    const pid_t child = fork();
    int status;
    CHECK(child >= 0);
    if (child == 0) {
        fill_secrets(secrets_seed);
        poison(secrets, sizeof(secrets));
        for (size_t i = 0; i < N_TLS_HASHES; i++) { /* what is in front of its hash states is not secret */
            poison(&prepared[i].opaque[4], sizeof(prepared[i]) - 4 * sizeof(uint64_t));
        }
        poison(&pre_master, sizeof(pre_master));
        poison(banks, sizeof(banks));
        call();
        _exit(VALGRIND_COUNT_ERRORS != 0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status != 0;
}

static int check_poisoned(void)
{
    CHECK(finds(planted_branch) && finds(planted_look_up));
    CHECK(!finds(run_kernel));
    CHECK(!runs_jobs || (!finds(derive_batch) && !finds(derive_few) && !finds(derive_each)));
    CHECK(!runs_jobs || !finds(derive_by_reference));
    CHECK(!finds(make_pre_masters));
    CHECK(!runs_jobs || !finds(run_hmacs));
    printf("no branch and no address depends on a secret\n");
    return 0;
}

#if defined(UNDER_MSAN)

static int check_all(void)
{
    CHECK(has_words_in_general_registers(kernel) && !is_in_assembler(kernel));
    return check_poisoned();
}

#elif defined(__linux__) && defined(__x86_64__)

#include <sys/ptrace.h>
#include <sys/user.h>

/* What was executed, a step for each instruction. */
struct trace {
    uint64_t *steps;
    size_t n, capacity;
};

static void add_step(struct trace *t, uint64_t step)
{
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 1 << 16;
        t->steps = realloc(t->steps, t->capacity * sizeof(*t->steps));
        CHECK(t->steps);
    }
    t->steps[t->n++] = step;
}

static uint64_t all_registers(const struct user_regs_struct *r)
{
    const uint64_t values[] = {r->rip, r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->rsp, r->r8,
        r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        hash = (hash ^ values[i]) * 0x100000001b3u ^ hash >> 29;
    }
    return hash;
}

/* Two children have different seeds and process numbers, which may still be in their registers: no difference
 * that matters. */
#define ZERO(r) "xor %%" r ", %%" r "\n\t"
#define ZERO_8_TO_15                                                                                         \
    ZERO("r8d") ZERO("r9d") ZERO("r10d") ZERO("r11d") ZERO("r12d") ZERO("r13d") ZERO("r14d") ZERO("r15d")
#define ZERO_ALL ZERO("eax") ZERO("ebx") ZERO("ecx") ZERO("edx") ZERO("esi") ZERO("edi") ZERO_8_TO_15
#define R8_TO_15 "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
#define forget_registers()                                                                                   \
    __asm__ volatile(ZERO_ALL : : : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", R8_TO_15, "cc")

/* The next stop of the child that is not by a signal of job control. Somebody may stop and continue the whole
 * test at any time; those signals are kept from the child, which is stopped anyway. */
static int wait_for(pid_t child, int request)
{
    int status;
    do {
        CHECK(ptrace(request, child, NULL, NULL) == 0);
        CHECK(waitpid(child, &status, 0) == child);
    } while (WIFSTOPPED(status) && (WSTOPSIG(status) == SIGSTOP || WSTOPSIG(status) == SIGCONT));
    return status;
}

/* A function that is left out returns to this instruction, which stops the child again. */
extern const uint8_t stop_after_run[];
__asm__(".text\nstop_after_run: int3");

/* Kernels that have their words in general registers are traced nowhere (check_all()): of four instructions
 * in the engine's calls, three would be theirs. */
static bool is_left_out(uint64_t rip)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        const struct simd_kernel *k = candidates[i].kernel;
        const uintptr_t entries[] = {(uintptr_t)k->run, (uintptr_t)k->run_tasks, (uintptr_t)k->hash_blocks};
        if (rip == entries[0] || rip == entries[1] || rip == entries[2]) {
            return has_words_in_general_registers(k);
        }
    }
    return false;
}

/* Lets the child run a function whose first instruction comes next, and sets *r to its return. */
static void leave_out(pid_t child, struct user_regs_struct *r)
{
    errno = 0;
    const long return_address = ptrace(PTRACE_PEEKDATA, child, (void *)r->rsp, NULL);
    CHECK(errno == 0);
    CHECK(ptrace(PTRACE_POKEDATA, child, (void *)r->rsp, (void *)(uintptr_t)stop_after_run) == 0);
    const int status = wait_for(child, PTRACE_CONT);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
    CHECK(ptrace(PTRACE_GETREGS, child, NULL, r) == 0);
    CHECK(r->rip == (uintptr_t)stop_after_run + 1);
    r->rip = (uint64_t)return_address;
    CHECK(ptrace(PTRACE_SETREGS, child, NULL, r) == 0);
}

/* Steps through call(), from its first instruction to its return. The child signals to itself before and
 * after. */
static struct trace trace_call(void (*call)(void), bool registers)
{
    struct trace t = {0};
    int status;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        fill_secrets(secrets_seed);
        call(); /* The first call after a fork makes plans, which would be nine steps of ten. */
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(EXIT_SKIPPED);
        }
        raise(SIGUSR1);
        forget_registers();
        call();
        raise(SIGUSR1);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
        printf("skipped: this process may not trace another\n");
        exit(EXIT_SKIPPED);
    }
    while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGUSR1) {
        status = wait_for(child, PTRACE_CONT);
    }
    CHECK(WIFSTOPPED(status));
    struct user_regs_struct r;
    uint64_t first_rsp = 0, previous = 0;
    for (bool inside = false;;) {
        status = wait_for(child, PTRACE_SINGLESTEP);
        CHECK(WIFSTOPPED(status));
        if (WSTOPSIG(status) == SIGUSR1) {
            break;
        }
        CHECK(WSTOPSIG(status) == SIGTRAP);
        CHECK(ptrace(PTRACE_GETREGS, child, NULL, &r) == 0);
        if (r.rip == previous && is_gather((const uint8_t *)(uintptr_t)r.rip)) {
            continue;
        }
        previous = r.rip;
        if (r.rip == (uintptr_t)call) {
            first_rsp = r.rsp;
            inside = true;
        } else if (inside && r.rsp > first_rsp) {
            inside = false; /* call() has returned */
        } else if (inside && call != run_kernel && is_left_out(r.rip)) {
            add_step(&t, r.rip); /* which function it is may depend on a secret, too */
            leave_out(child, &r);
        }
        if (inside) {
            add_step(&t, registers ? all_registers(&r) : r.rip);
        }
    }
    status = wait_for(child, PTRACE_CONT);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return t;
}

static bool differs(const char *name, void (*call)(void), bool registers)
{
    secrets_seed = 0;
    struct trace a = trace_call(call, registers);
    secrets_seed = 1;
    struct trace b = trace_call(call, registers);
    size_t i = 0;
    while (i < a.n && i < b.n && a.steps[i] == b.steps[i]) {
        i++;
    }
    const bool result = i < a.n || i < b.n;
    printf("%s: %zu instructions%s", name, a.n, registers ? ", all general registers" : "");
    if (result) {
        printf(", different from instruction %zu on (near %#llx)", i,
            (unsigned long long)(i < a.n ? a.steps[i] : 0));
    }
    printf("\n");
    free(a.steps);
    free(b.steps);
    return result;
}

/* The first kernel of this CPU that takes single jobs and is traced. */
static const struct simd_kernel *first_for_single_jobs(void)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        const struct simd_kernel *k = candidates[i].kernel;
        if (k->family == SIMD_SHA256 && k->run_tasks && !has_words_in_general_registers(k) &&
            (candidates[i].state == SIMD_USABLE || candidates[i].state == SIMD_UNTESTED)) {
            return k;
        }
    }
    return NULL;
}

static int check_all(void)
{
    (void)derive_by_reference; /* the reference has its words in general registers, and would take minutes */
    CHECK(differs("a planted branch", planted_branch, false));
    CHECK(differs("a planted look-up", planted_look_up, true));
    if (has_words_in_general_registers(kernel) && is_in_assembler(kernel)) {
        return differs("the kernel", run_kernel, false); /* its addresses are written out in the source */
    }
    if (has_words_in_general_registers(kernel)) {
        printf("skipped: single-stepping this kernel takes minutes, and its words are in general "
               "registers; it is checked under MemorySanitizer\n");
        return EXIT_SKIPPED;
    }
    bool failed = differs("the kernel", run_kernel, true);
    if (!runs_jobs) {
        return failed;
    }
    if (is_default) { /* once is enough: the engine is the same for all kernels */
        failed |= differs("lanekdf_context_derive, all kinds", derive_batch, false);
        failed |= differs("lanekdf_context_derive, few at a time", derive_few, false);
        failed |= differs("pre-master and shared secrets", make_pre_masters, false);
        failed |= differs("HMACs that run", run_hmacs, false);
    }
    /* lanekdf_derive_one() would run on another kernel if this one had more lanes; and what it does on the
     * kernel that is chosen by default is what it does on that kernel by name. */
    if (kernel->run_tasks && !is_default && kernel == first_for_single_jobs()) {
        failed |= differs("lanekdf_derive_one, all kinds", derive_each, false);
    } else if (kernel->run_tasks && !is_default) {
        failed |= differs("lanekdf_derive_one, some kinds", derive_some, false);
    }
    return failed;
}

#else

static int check_all(void)
{
    (void)has_words_in_general_registers;
    (void)is_in_assembler;
    printf("skipped: single-stepping is written for x86-64 on Linux\n");
    return EXIT_SKIPPED;
}

#endif

/* The kernel of this name. NULL: the one that the engine takes for a batch of all jobs here. */
static const struct simd_kernel *find_kernel(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    size_t chosen = lanekdf_kernel_choice(LANEKDF_SHA256, N_JOBS, NULL);
    CHECK(chosen < n);
    for (size_t i = 0; i < n; i++) {
        if (name && strcmp(candidates[i].kernel->name, name) == 0) {
            chosen = i;
        }
    }
    return candidates[chosen].kernel;
}

static void prepare_jobs(const char *name)
{
    struct lanekdf_options options = {.size = sizeof(options), .kernel = name, .legacy = LANEKDF_LEGACY_ALL};
    CHECK(lanekdf_context_new(&context, &options) == LANEKDF_OK);
    make_jobs();
    fill_secrets(2);
    derive_batch(); /* shapes are compiled when they are first met, not in the traces */
    derive_each();
    for (size_t i = 0; i < N_JOBS; i++) {
        CHECK(jobs[i]->status == LANEKDF_OK);
    }
}

int main(int argc, char **argv)
{
    const char *const name = kernel_argument(argc, argv).name;
    kernel = find_kernel(name);
    is_default = !name;
    runs_jobs = kernel->family == SIMD_SHA256;
    CHECK(kernel->scratch_bytes <= sizeof(scratch) && kernel->lanes <= SIMD_MAX_LANES);
    adapt_program();
    if (runs_jobs) {
        prepare_jobs(name);
    }
    setvbuf(stdout, NULL, _IONBF, 0); /* or a child would print the buffer once more */
    const int result = RUNNING_ON_VALGRIND ? check_poisoned() : check_all();
    lanekdf_context_free(context);
    return result;
}
