/*
 * The judges of the engine, judged: the reference (reference.h) and libcrypto (judge_openssl.h) must agree on
 * every kind, version and hash, and both with answers from the standards. judge_vectors.py gives the
 * reference all published vectors.
 *
 * This test shares no facts with the engine: lengths and digests are those of the standards
 * (tested_hashes.h), and pads and versions are written down again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "good_jobs.h"
#include "judge_openssl.h"
#include "kernel_argument.h"
#include "must.h"
#include "probe.h"
#include "reference.h"
#include "rng.h"
#include "test_bytes.h"

enum { MAX_OUT = 1200, MAX_STAGE_OUT = 8 * 255 * 64, MAX_IN = 3000 }; /* bytes */

static struct rng rng;
static uint8_t input[MAX_IN];

/* Outputs of the job at hand: [0] those of the reference, [1] those of libcrypto. */
static uint8_t outputs[2][MAX_OUT];

static const struct {
    uint32_t id;
    size_t len;      /* of a digest, bytes */
    bool is_old;     /* not a hash of TLS 1.2 */
    const char *abc; /* the digest of "abc" */
} hashes[] = {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) {LANEKDF_##id, bytes, is_old, abc},
#include "tested_hashes.h"
#undef TESTED_HASH
};
enum { N_HASHES = sizeof(hashes) / sizeof(*hashes) };

static size_t digest_len(uint32_t id)
{
    for (size_t k = 0; k < N_HASHES; k++) {
        if (hashes[k].id == id) {
            return hashes[k].len;
        }
    }
    must(false, "a hash that is not in tested_hashes.h");
    return 0;
}

/* len bytes of input, from a random place on. */
static struct lanekdf_bytes some(size_t len)
{
    must(len <= MAX_IN, "raise MAX_IN");
    return bytes(input + rng_below(&rng, (uint32_t)(MAX_IN - len) + 1), len);
}

/* len bytes of input, cut into n pieces at random places. They last until the next call. */
static const struct lanekdf_bytes *pieces(size_t len, size_t n)
{
    static struct lanekdf_bytes piece[8];
    struct lanekdf_bytes all = some(len);

    must(n <= sizeof(piece) / sizeof(*piece), "more pieces than pieces() has room for");
    for (size_t i = 0; i < n; i++) {
        piece[i].data = all.data;
        piece[i].len = i + 1 == n ? all.len : rng_below(&rng, (uint32_t)all.len + 1);
        all = bytes(all.data + piece[i].len, all.len - piece[i].len);
    }
    return piece;
}

static void assert_agree(const char *what, uint32_t hash, size_t len)
{
    if (memcmp(outputs[0], outputs[1], MAX_OUT) != 0) {
        fail_msg("%s, hash %u, length %zu; to repeat: %s", what, hash, len, test_seed_text());
    }
}

/* Lets both judges derive a job, whose outputs set_outputs puts into `out`, and compares all of the
 * outputs. */
#define JUDGE(judged, set_outputs, what, hash, len)                                                          \
    do {                                                                                                     \
        for (int by_ = 0; by_ < 2; by_++) {                                                                  \
            uint8_t *const out = outputs[by_];                                                               \
            memset(out, 0xc3, MAX_OUT);                                                                      \
            set_outputs;                                                                                     \
            (by_ ? openssl_derive : reference_derive)(&(judged).job);                                        \
        }                                                                                                    \
        assert_agree(what, hash, len);                                                                       \
    } while (0)

/* Catches: a judge that pads wrongly at the edge of a block, or writes a length in the wrong byte order or
 * size. */
static void test_hashes(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t len = 0; len < 600; len++) {
            const size_t n = len % 5, out_len = len % 7 ? hashes[k].len : 1 + len % 16;
            struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
                .hash = hashes[k].id,
                .message = pieces(n ? len : 0, n),
                .n_message = n};

            JUDGE(job, (job.out = (struct lanekdf_span){out, out_len}), "hash", hashes[k].id, len);
        }
    }
}

/* Catches: two judges that are wrong in the same way. */
static void test_abc(void **state)
{
    const struct lanekdf_bytes abc = bytes("abc", 3);

    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
            .hash = hashes[k].id,
            .message = &abc,
            .n_message = 1,
            .out = {outputs[0], hashes[k].len}};
        char hex[129] = "";

        reference_derive(&job.job);
        for (size_t i = 0; i < hashes[k].len; i++) {
            snprintf(hex + 2 * i, 3, "%02x", outputs[0][i]);
        }
        assert_string_equal(hex, hashes[k].abc);
    }
}

/* Catches: a judge that hashes a key too early or too late, or pads it with something else than zeros. */
static void test_hmac(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t len = 0; len < 300 && hashes[k].id != LANEKDF_MD5_SHA1; len++) {
            struct lanekdf_hmac job = {.job.kind = LANEKDF_KIND_HMAC,
                .hash = hashes[k].id,
                .key = some(len),
                .message = pieces((7 * len) % 301, 3),
                .n_message = 3};

            JUDGE(job, (job.out = (struct lanekdf_span){out, hashes[k].len}), "HMAC", hashes[k].id, len);
        }
    }
}

/* Catches: a judge that halves a secret of odd length or of no length wrongly, cuts the last block of an
 * output wrongly, or puts the pieces of a seed in front of the label. */
static void test_prf(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t len = 0; len < 300; len++) {
            struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF,
                .hash = hashes[k].id,
                .secret = some(len),
                .label = some(len % 23),
                .seed = pieces(1 + rng_below(&rng, 200), 2),
                .n_seed = 2};
            const size_t out_len = 1 + rng_below(&rng, 200);

            JUDGE(job, (job.out = (struct lanekdf_span){out, out_len}), "PRF", hashes[k].id, len);
        }
    }
}

static const uint16_t versions[] = {LANEKDF_SSL3, LANEKDF_TLS10, LANEKDF_TLS11, LANEKDF_TLS12};
static const uint16_t tls_versions[] = {LANEKDF_TLS10, LANEKDF_TLS11, LANEKDF_TLS12};
enum { N_VERSIONS = sizeof(versions) / sizeof(*versions), N_TLS_VERSIONS = N_VERSIONS - 1 };

static uint32_t any_hash_of_tls12(void)
{
    size_t k;

    do {
        k = rng_below(&rng, N_HASHES);
    } while (hashes[k].is_old);
    return hashes[k].id;
}

/* A handshake of this version, with a random choice of inputs and lengths. */
static struct lanekdf_handshake handshake(uint16_t version)
{
    struct lanekdf_handshake job = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = version,
        .hash = (uint16_t)(version != LANEKDF_TLS12 ? LANEKDF_MD5_SHA1 : any_hash_of_tls12()),
        .client_random = some(LANEKDF_RANDOM_LEN).data,
        .server_random = some(LANEKDF_RANDOM_LEN).data,
        .mac_key_len = (uint8_t)rng_below(&rng, 49),
        .enc_key_len = (uint8_t)rng_below(&rng, 33),
        .fixed_iv_len = (uint8_t)rng_below(&rng, 17)};
    const bool finished = version != LANEKDF_SSL3 && rng_below(&rng, 2);

    if (rng_below(&rng, 3) == 0) {
        job.known_master_secret = some(LANEKDF_MASTER_SECRET_LEN).data;
    } else {
        job.pre_master_secret = some(rng_below(&rng, 300));
    }
    if (!job.known_master_secret && version != LANEKDF_SSL3 && rng_below(&rng, 2)) {
        job.session_hash = some(digest_len(job.hash));
    }
    if (finished && rng_below(&rng, 3)) {
        job.client_finished_hash = some(digest_len(job.hash));
    }
    if (finished && rng_below(&rng, 3)) {
        job.server_finished_hash = some(digest_len(job.hash));
    }
    if ((version == LANEKDF_SSL3 || version == LANEKDF_TLS10) && rng_below(&rng, 2)) { /* an export suite */
        job.enc_key_len = (uint8_t)(1 + rng_below(&rng, 8));
        job.final_key_len = (uint8_t)(1 + rng_below(&rng, 16));
    }
    return job;
}

static void set_handshake_outputs(struct lanekdf_handshake *job, uint8_t *out)
{
    job->master_secret = out;
    job->client_verify_data = out + 48;
    job->server_verify_data = out + 60;
    job->final_keys = out + 72;
    job->key_block = out + 150;
}

/* Catches: a judge that takes the randoms the wrong way round, derives a version by the formula of another,
 * or gets the order or the lengths of an export suite's keys wrong. */
static void test_handshakes(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_VERSIONS; k++) {
        for (size_t i = 0; i < 400; i++) {
            struct lanekdf_handshake job = handshake(versions[k]);

            JUDGE(job, set_handshake_outputs(&job, out), "handshake", job.hash, versions[k]);
        }
    }
}

/* Catches: a judge that takes an empty context for none, or writes the length of a context wrongly. */
static void test_exporters(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t len = 0; len < 300; len++) {
            struct lanekdf_exporter job = {.job.kind = LANEKDF_KIND_EXPORTER,
                .hash = hashes[k].id,
                .flags = len % 3 ? LANEKDF_EXPORTER_HAS_CONTEXT : 0,
                .master_secret = some(LANEKDF_MASTER_SECRET_LEN).data,
                .client_random = some(LANEKDF_RANDOM_LEN).data,
                .server_random = some(LANEKDF_RANDOM_LEN).data,
                .label = some(1 + len % 40),
                .context = some(len % 3 ? len - 1 : 0)};
            const size_t out_len = 1 + rng_below(&rng, 200);

            JUDGE(job, (job.out = (struct lanekdf_span){out, out_len}), "exporter", hashes[k].id, len);
        }
    }
}

/* Catches: a judge that gives the server the client's label, or cuts verify_data wrongly. */
static void test_finished(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t which = 1; which < 4; which++) {
            const size_t len = hashes[k].len;
            struct lanekdf_finished job = {.job.kind = LANEKDF_KIND_FINISHED,
                .hash = hashes[k].id,
                .master_secret = some(LANEKDF_MASTER_SECRET_LEN).data,
                .client_finished_hash = some(which & 1 ? len : 0),
                .server_finished_hash = some(which & 2 ? len : 0)};

            JUDGE(job, (job.client_verify_data = out, job.server_verify_data = out + 12), "Finished",
                hashes[k].id, which);
        }
    }
}

/* Catches: a judge that has a wrong letter or a wrong number of them in some block, up to the 26 letters
 * Z. */
static void test_ssl3(void **state)
{
    (void)state;
    for (size_t len = 1; len <= LANEKDF_MAX_SSL3_OUT; len++) {
        struct lanekdf_ssl3_prf prf = {.job.kind = LANEKDF_KIND_SSL3_PRF,
            .secret = some(len % 130),
            .seed = pieces(len, 3),
            .n_seed = 3};
        struct lanekdf_ssl3_finished finished = {.job.kind = LANEKDF_KIND_SSL3_FINISHED,
            .sender = len % 2,
            .master_secret = some(LANEKDF_MASTER_SECRET_LEN).data,
            .handshake_messages = prf.seed,
            .n_handshake_messages = 3};

        JUDGE(prf, (prf.out = (struct lanekdf_span){out, len}), "PRF of SSLv3", 0, len);
        JUDGE(finished, (finished.out = out), "Finished of SSLv3", 0, len);
    }
}

/* A prepared secret must serve as the bytes that it was made of. Catches: a reference that prepares a part of
 * a secret only, or another secret. */
static void test_prepared(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_HASHES; k++) {
        for (size_t len = 0; len < 300; len++) {
            struct lanekdf_prepared_secret prepared;
            struct lanekdf_prepare prepare = {.job.kind = LANEKDF_KIND_PREPARE,
                .hash = hashes[k].id,
                .secret = some(len),
                .prepared = &prepared};
            struct lanekdf_prf prf = {.job.kind = LANEKDF_KIND_PRF,
                .hash = hashes[k].id,
                .secret = prepare.secret,
                .label = some(13),
                .seed = pieces(64, 2),
                .n_seed = 2,
                .out = {outputs[0], 100}};

            memset(outputs, 0, sizeof(outputs));
            memset(&prepared, 0xc3, sizeof(prepared));
            reference_derive(&prf.job);
            reference_derive(&prepare.job);
            prf.secret = bytes(NULL, 0);
            prf.prepared_secret = &prepared;
            prf.out.data = outputs[1];
            reference_derive(&prf.job);
            assert_agree("prepared secret", hashes[k].id, len);
        }
    }
}

/* A prepared secret that a handshake made must serve an exporter and Finished. Catches: a reference that
 * prepares another secret than the master secret of that handshake. */
static void test_prepared_master_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        struct lanekdf_prepared_secret prepared;
        struct lanekdf_handshake job = handshake(tls_versions[i % N_TLS_VERSIONS]);
        const uint8_t *const randoms[] = {some(32).data, some(32).data};
        const struct lanekdf_bytes transcript = some(digest_len(job.hash));
        uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN], unused[MAX_OUT];

        set_handshake_outputs(&job, unused);
        job.master_secret = master_secret;
        job.prepared_master_secret = &prepared;
        memset(outputs, 0, sizeof(outputs));
        reference_derive(&job.job);
        for (int by = 0; by < 2; by++) {
            const struct lanekdf_exporter exporter = {.job.kind = LANEKDF_KIND_EXPORTER,
                .hash = job.hash,
                .master_secret = by ? NULL : master_secret,
                .prepared_secret = by ? &prepared : NULL,
                .client_random = randoms[0],
                .server_random = randoms[1],
                .label = bytes("label", 5),
                .out = {outputs[by], 60}};
            const struct lanekdf_finished finished = {.job.kind = LANEKDF_KIND_FINISHED,
                .hash = job.hash,
                .master_secret = by ? NULL : master_secret,
                .prepared_secret = by ? &prepared : NULL,
                .client_finished_hash = transcript,
                .server_finished_hash = transcript,
                .client_verify_data = outputs[by] + 100,
                .server_verify_data = outputs[by] + 200};

            reference_derive(&exporter.job);
            reference_derive(&finished.job);
        }
        assert_agree("prepared master secret", job.hash, i);
    }
}

/*
 * HKDF, and the stages of TLS 1.3, DTLS 1.3 and QUIC: random jobs as the engine gets them (good_stages.c)
 */

enum { FIRST_STAGE = LANEKDF_KIND_HKDF, LAST_STAGE = LANEKDF_KIND_QUIC_INITIAL, N_STAGE_JOBS = 50 };

static void fill_outputs(const struct job_case *job_case)
{
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        memset(job_case->outputs[i].data, 0xc3, job_case->outputs[i].len);
    }
}

/* Copies the outputs of a job, one behind the other, and returns how many bytes there are. */
static size_t copy_outputs(const struct job_case *job_case, uint8_t *copy)
{
    size_t len = 0;

    for (size_t i = 0; i < job_case->n_outputs; i++) {
        must(len + job_case->outputs[i].len <= MAX_STAGE_OUT, "raise MAX_STAGE_OUT");
        memcpy(copy + len, job_case->outputs[i].data, job_case->outputs[i].len);
        len += job_case->outputs[i].len;
    }
    return len;
}

static uint8_t stage_outputs[2][MAX_STAGE_OUT];

static void assert_stages_agree(const struct job_case *job_case, const char *what)
{
    const size_t len = copy_outputs(job_case, stage_outputs[1]);

    if (memcmp(stage_outputs[0], stage_outputs[1], len) != 0) {
        job_print(job_case->any, true);
        fail_msg("%s, %s; to repeat: %s", what, job_case->name, test_seed_text());
    }
}

/* A random job without prepared outputs, of which libcrypto knows nothing. */
static struct job_case stage_of_bytes(uint32_t id, struct guarded_memory *memory, size_t i)
{
    const struct job_field *prepared = job_kind_field(job_kind(id), FIELD_PREPARED_OUT);
    struct job_case job_case;

    do {
        job_case = good_job_of_kind(id, memory, BYTES_ONLY, i % 25 ? SHORT_LENGTHS : LONG_LENGTHS);
    } while (prepared && job_field_is_given(job_case.any, prepared));
    return job_case;
}

/* Catches: a judge with a wrong label, prefix or order of keys, a wrong length in an HkdfLabel, a number key
 * too many or too few, a salt or a secret that is left out. */
static void test_stages(void **state)
{
    struct guarded_memory *memory = guarded_new(GUARDED, &rng);

    (void)state;
    for (uint32_t id = FIRST_STAGE; id <= LAST_STAGE; id++) {
        for (size_t i = 0; i < N_STAGE_JOBS; i++) {
            const struct job_case job_case = stage_of_bytes(id, memory, i);

            reference_derive(&job_case.any->job);
            copy_outputs(&job_case, stage_outputs[0]);
            fill_outputs(&job_case);
            openssl_derive(&job_case.any->job);
            assert_stages_agree(&job_case, "reference and libcrypto differ");
            guarded_clear(memory);
        }
    }
    guarded_free(memory);
}

/* The judge's own prepared secret of these bytes. */
static struct lanekdf_prepared_secret prepared_of(uint32_t hash, struct lanekdf_bytes secret)
{
    struct lanekdf_prepared_secret prepared = {{0}}; /* of which a job writes as much as the hash needs */
    const struct lanekdf_prepare prepare = {
        .job.kind = LANEKDF_KIND_PREPARE, .hash = hash, .secret = secret, .prepared = &prepared};

    reference_derive(&prepare.job);
    return prepared;
}

/* The secret of a job that a prepared one may take the place of; the job has it no more. */
static struct lanekdf_bytes take_secret(union any_job *any)
{
    const struct job_field *field = job_kind_secret(job_kind(any->job.kind));
    struct lanekdf_bytes secret;

    if (field->type == FIELD_BYTES) {
        secret = *job_field_bytes(any, field);
        *job_field_bytes(any, field) = bytes(NULL, 0);
    } else {
        secret = bytes(*job_field_fixed(any, field), job_field_max(any, field));
        *job_field_fixed(any, field) = NULL;
    }
    return secret;
}

/* Catches: a reference that derives something else from a prepared secret than from the bytes that it was
 * made of, in an HMAC or in a stage. */
static void test_prepared_of_stages(void **state)
{
    struct guarded_memory *memory = guarded_new(PACKED, &rng);

    (void)state;
    for (size_t i = 0; i < n_job_kinds * N_STAGE_JOBS; i++) {
        const struct job_kind *kind = &job_kinds[i % n_job_kinds];
        const struct job_field *field = job_kind_field(kind, FIELD_PREPARED);
        struct lanekdf_prepared_secret prepared;

        if (!field || (kind->id < FIRST_STAGE && kind->id != LANEKDF_KIND_HMAC)) {
            continue;
        }
        const struct job_case job_case = good_job_of_kind(kind->id, memory, BYTES_ONLY, SHORT_LENGTHS);

        if (job_has_secret_bytes(job_case.any)) {
            reference_derive(&job_case.any->job);
            copy_outputs(&job_case, stage_outputs[0]);
            fill_outputs(&job_case);
            prepared = prepared_of(job_hash(job_case.any), take_secret(job_case.any));
            *job_field_prepared(job_case.any, field) = &prepared;
            reference_derive(&job_case.any->job);
            assert_stages_agree(&job_case, "a prepared secret and its bytes differ");
        }
        guarded_clear(memory);
    }
    guarded_free(memory);
}

/* Catches: a reference that prepares another secret in a stage than the one that it gives as bytes. */
static void test_prepared_by_stages(void **state)
{
    const uint8_t *const master_secret = some(64).data, *const transcript_hash = some(64).data;
    uint8_t secret[3][64];
    struct lanekdf_prepared_secret by_stage[3] = {{{0}}};

    (void)state;
    for (uint32_t hash = LANEKDF_SHA256; hash <= LANEKDF_SHA512; hash++) {
        const struct lanekdf_tls13_handshake handshake = {.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
            .hash = hash,
            .version = LANEKDF_TLS13,
            .shared_secret = {some(32), some(32)},
            .master_secret = secret[0],
            .prepared_master_secret = &by_stage[0]};
        const struct lanekdf_tls13_application application = {.job.kind = LANEKDF_KIND_TLS13_APPLICATION,
            .hash = hash,
            .version = LANEKDF_TLS13,
            .master_secret = master_secret,
            .transcript_hash = transcript_hash,
            .exporter_master_secret = secret[1],
            .prepared_exporter_master_secret = &by_stage[1]};
        const struct lanekdf_hkdf hkdf = {.job.kind = LANEKDF_KIND_HKDF,
            .hash = hash,
            .flags = LANEKDF_HKDF_EXTRACT,
            .prk_out = secret[2],
            .prepared_prk_out = &by_stage[2]};

        reference_derive(&handshake.job);
        reference_derive(&application.job);
        reference_derive(&hkdf.job);
        for (size_t i = 0; i < 3; i++) {
            const struct lanekdf_prepared_secret prepared =
                prepared_of(hash, bytes(secret[i], digest_len(hash)));

            assert_memory_equal(&by_stage[i], &prepared, sizeof(prepared));
        }
    }
}

/*
 * What the reference promises of the stack (reference.h)
 */

static void derive(void *job)
{
    reference_derive(job);
}

/* Whether the stack has a part of these bytes that is longer than a register of 16 bytes: what the compiler
 * spilt is not the reference's to wipe. */
static bool has_part_of(const uint8_t *secret, size_t len, const struct probe *probe)
{
    enum { RUN = 20 };

    for (size_t at = 0; at + RUN <= PROBE_STACK_BYTES; at++) {
        for (size_t i = 0; i + RUN <= len; i++) {
            if (!memcmp(probe->stack + at, secret + i, RUN)) {
                return true;
            }
        }
    }
    return false;
}

/* Catches: a variable of the reference that is not wiped, and frames that are larger than it says. */
static void test_stack(void **state)
{
    static struct probe probe;

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer changes the stack");
        skip();
    }
    for (size_t i = 0; i < 12; i++) {
        struct lanekdf_handshake job = handshake(versions[i % N_VERSIONS]);
        uint8_t out[MAX_OUT];

        set_handshake_outputs(&job, out);
        probe_call(&probe, derive, &job);
        if (probe.depth > REFERENCE_STACK_BYTES) {
            fail_msg("%zu bytes of stack", probe.depth);
        }
        assert_false(has_part_of(job.master_secret, LANEKDF_MASTER_SECRET_LEN, &probe));
        assert_false(has_part_of(job.key_block, 2 * (size_t)job.mac_key_len, &probe));
    }
}

/* Catches: the same in the stages and in HKDF. */
static void test_stack_after_stages(void **state)
{
    static struct probe probe;
    struct guarded_memory *memory;

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer changes the stack");
        skip();
    }
    memory = guarded_new(PACKED, &rng);
    for (uint32_t id = FIRST_STAGE; id <= LAST_STAGE; id++) {
        for (size_t i = 0; i < 3; i++) {
            const struct job_case job_case = stage_of_bytes(id, memory, 1);

            probe_call(&probe, derive, job_case.any);
            if (probe.depth > REFERENCE_STACK_BYTES) {
                fail_msg("%s: %zu bytes of stack", job_case.name, probe.depth);
            }
            for (size_t k = 0; k < job_case.n_outputs; k++) {
                const struct lanekdf_span out = job_case.outputs[k];

                assert_false(has_part_of(out.data, out.len < 64 ? out.len : 64, &probe));
            }
            guarded_clear(memory);
        }
    }
    guarded_free(memory);
}

/* Catches: the padded key, A(2) or the inner digest of the last HMAC left on the stack, secrets on the way to
 * an output of a PRF (RFC 5246 section 5, RFC 2104 section 2). */
static void test_stack_after_prf(void **state)
{
    static struct probe probe;
    const struct lanekdf_bytes secret = some(64), seed = some(77);
    uint8_t out[64], a[32], inner[32], opad[64], ipad[64];
    struct lanekdf_bytes message[] = {{ipad, 64}, {a, 32}, seed};
    struct lanekdf_hmac hmac = {.job.kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
        .key = secret,
        .n_message = 1,
        .out = {a, sizeof(a)}};
    const struct lanekdf_message_hash inner_hash = {.job.kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA256,
        .message = message,
        .n_message = 3,
        .out = {inner, sizeof(inner)}};
    struct lanekdf_prf prf = {.job.kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA256,
        .secret = secret,
        .label = seed,
        .out = {out, sizeof(out)}};

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer changes the stack");
        skip();
    }
    for (size_t i = 0; i < 64; i++) {
        ipad[i] = secret.data[i] ^ 0x36;
        opad[i] = secret.data[i] ^ 0x5c;
    }
    hmac.message = &seed;
    reference_derive(&hmac.job);
    hmac.message = &message[1];
    reference_derive(&hmac.job);
    reference_derive(&inner_hash.job);
    probe_call(&probe, derive, &prf);
    assert_false(has_part_of(out, sizeof(out), &probe));
    assert_false(has_part_of(a, sizeof(a), &probe));
    assert_false(has_part_of(inner, sizeof(inner), &probe));
    assert_false(has_part_of(opad, sizeof(opad), &probe));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_abc),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_prf),
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_exporters),
        cmocka_unit_test(test_finished),
        cmocka_unit_test(test_ssl3),
        cmocka_unit_test(test_prepared),
        cmocka_unit_test(test_prepared_master_secret),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_prepared_of_stages),
        cmocka_unit_test(test_prepared_by_stages),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_stack_after_stages),
        cmocka_unit_test(test_stack_after_prf),
    };

    rng = rng_from(test_seed());
    puts(test_seed_text());
    rng_fill(&rng, input, sizeof(input));
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
