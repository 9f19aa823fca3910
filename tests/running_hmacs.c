/*
 * An HMAC that runs, against libcrypto's HMAC of the whole message: any hash, key, length and pieces, copies
 * in the middle, restarts, and every mistake. nothing_left.c looks for what such a call leaves behind,
 * constant_time.c for branches on secrets, and one_job.c for allocations and system calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "guarded_memory.h"
#include "kernel_argument.h"
#include "lanekdf.h"
#include "probe.h"

enum { MAX_DIGEST = 64, MAX_MESSAGE = 65536 };

static struct rng rng;
static struct guarded_memory *memory;

/* The hashes that have an HMAC: the last one of the table has none. */
static const struct hash_case {
    uint32_t id;
    size_t digest_len;
    const EVP_MD *(*judge)(void);
} hashes[] = {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) {LANEKDF_##id, bytes, judge},
#include "tested_hashes.h"
#undef TESTED_HASH
};
enum { N_HASHES = sizeof(hashes) / sizeof(*hashes) - 1 };

static size_t block_len(const struct hash_case *hash)
{
    return (size_t)EVP_MD_get_block_size(hash->judge());
}

/* A key, prepared and as libcrypto takes it. */
struct key {
    const struct hash_case *hash;
    uint8_t bytes[300];
    size_t len;
    struct lanekdf_prepared_secret prepared;
};

static struct key new_key(const struct hash_case *hash, size_t len)
{
    struct key key = {.hash = hash, .len = len};
    struct lanekdf_prepare job = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = hash->id,
        .secret = {key.bytes, len},
        .prepared = &key.prepared};

    rng_fill(&rng, key.bytes, len);
    assert_int_equal(lanekdf_derive_one(&job.job), LANEKDF_OK);
    return key;
}

static struct key any_key(const struct hash_case *hash)
{
    static const size_t lens[] = {0, 1, 16, 20, 32, 48, 63, 64, 65, 127, 128, 129, 300};

    return new_key(hash, lens[rng_below(&rng, sizeof(lens) / sizeof(*lens))]);
}

static struct lanekdf_hmac_state started(const struct key *key)
{
    struct lanekdf_hmac_state state;

    memset(&state, 0xa5, sizeof(state));
    assert_int_equal(lanekdf_hmac_start(&state, key->hash->id, &key->prepared), LANEKDF_OK);
    return state;
}

/* Finishes with so many bytes, and compares them with libcrypto's HMAC of the message. */
static void finish_and_compare(
    struct lanekdf_hmac_state *state, const struct key *key, const uint8_t *message, size_t len, size_t n_out)
{
    uint8_t expected[EVP_MAX_MD_SIZE], out[MAX_DIGEST + 1];

    assert_non_null(HMAC(key->hash->judge(), key->bytes, (int)key->len, message, len, expected, NULL));
    memset(out, 0xc3, sizeof(out));
    assert_int_equal(lanekdf_hmac_finish(state, (struct lanekdf_span){out, n_out}), LANEKDF_OK);
    assert_memory_equal(out, expected, n_out);
    for (size_t i = n_out; i < sizeof(out); i++) {
        assert_int_equal(out[i], 0xc3);
    }
}

/* Adds the message in n pieces, cut at random places, some of them empty. */
static void update(struct lanekdf_hmac_state *state, const uint8_t *message, size_t len, size_t n)
{
    for (; n; n--) {
        const size_t piece = n == 1 ? len : rng_below(&rng, (uint32_t)len + 1);
        const uint8_t *data = piece || rng_below(&rng, 2) ? message : NULL;

        assert_int_equal(lanekdf_hmac_update(state, (struct lanekdf_bytes){data, piece}), LANEKDF_OK);
        message += piece;
        len -= piece;
    }
}

/* Random bytes that end, or begin, at a page that nobody may touch. */
static uint8_t *new_message(size_t len)
{
    uint8_t *message = guarded_take(memory, len, 1);

    rng_fill(&rng, message, len);
    return message;
}

/* A length at an edge: of a block, of the padding, or of what is long. */
static size_t edge_length(const struct hash_case *hash)
{
    const size_t block = block_len(hash), near[] = {0, 1, block - 17, block - 9, block - 8, block - 1};
    const size_t blocks = rng_below(&rng, 5) ? rng_below(&rng, 5) : rng_below(&rng, MAX_MESSAGE / 128 - 1);

    return blocks * block +
           (rng_below(&rng, 4) ? near[rng_below(&rng, 6)] : rng_below(&rng, (uint32_t)block));
}

/* Every length of three blocks, at once and in two pieces cut at every place near the edge of a block.
 * Catches: padding that goes wrong at one length, a block that is hashed before it is full or not when it is,
 * bytes that are lost between two pieces. */
static void test_every_length(void **state)
{
    (void)state;
    for (size_t h = 0; h < N_HASHES; h++) {
        const size_t block = block_len(&hashes[h]);
        const struct key key = any_key(&hashes[h]);
        struct lanekdf_hmac_state s = started(&key);

        for (size_t len = 0; len <= 3 * block + 1; len++) {
            const uint8_t *message = new_message(len);
            for (size_t first = 0; first <= len;
                 first += first % block <= 1 || first % block >= block - 2 ? 1 : 9) {
                assert_int_equal(lanekdf_hmac_update(&s, (struct lanekdf_bytes){message, first}), LANEKDF_OK);
                assert_int_equal(
                    lanekdf_hmac_update(&s, (struct lanekdf_bytes){message + first, len - first}),
                    LANEKDF_OK);
                finish_and_compare(&s, &key, message, len, hashes[h].digest_len);
                assert_int_equal(lanekdf_hmac_restart(&s), LANEKDF_OK);
            }
            guarded_clear(memory);
        }
    }
}

/* Catches: the same mistakes in many pieces and long messages; a key that is mixed up with another hash's; a
 * read beyond a piece; an output that is longer or shorter than asked for. */
static void test_random_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < (UNDER_ASAN ? 300 : 1500); i++) {
        const struct hash_case *hash = &hashes[i % N_HASHES];
        const struct key key = any_key(hash);
        struct lanekdf_hmac_state s = started(&key);
        const size_t len = edge_length(hash);
        const uint8_t *message = new_message(len);

        update(&s, message, len, 1 + rng_below(&rng, 7));
        finish_and_compare(&s, &key, message, len, 1 + rng_below(&rng, (uint32_t)hash->digest_len));
        guarded_clear(memory);
    }
}

/* Catches: a length that does not fit where it is kept. */
static void test_longest(void **state)
{
    (void)state;
    for (size_t h = 0; h < N_HASHES; h++) {
        const struct key key = any_key(&hashes[h]);
        struct lanekdf_hmac_state s = started(&key);
        const uint8_t *message = new_message(MAX_MESSAGE);

        update(&s, message, MAX_MESSAGE, 1 + h);
        finish_and_compare(&s, &key, message, MAX_MESSAGE, hashes[h].digest_len);
        guarded_clear(memory);
    }
}

/* A copy by bytes goes on with another message than the state that it was copied from, at another address and
 * after the prepared key is gone. Catches: a pointer in the state, to itself or to the prepared key. */
static void test_copies(void **state)
{
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        const struct hash_case *hash = &hashes[i % N_HASHES];
        struct key key = any_key(hash);
        const size_t common = edge_length(hash) % 1000, rest[2] = {edge_length(hash) % 500, i % 70};
        struct lanekdf_hmac_state first = started(&key), second;
        uint8_t message[2][2000];

        lanekdf_prepared_secret_clear(&key.prepared);
        rng_fill(&rng, message, sizeof(message));
        memcpy(message[1], message[0], common);
        update(&first, message[0], common, 3);
        memcpy(&second, &first, sizeof(second));
        update(&first, message[0] + common, rest[0], 2);
        if (i % 2) {
            finish_and_compare(&first, &key, message[0], common + rest[0], hash->digest_len);
            lanekdf_hmac_state_clear(&first);
        }
        update(&second, message[1] + common, rest[1], 2);
        finish_and_compare(&second, &key, message[1], common + rest[1], hash->digest_len);
        if (i % 2 == 0) {
            finish_and_compare(&first, &key, message[0], common + rest[0], hash->digest_len);
        }
    }
}

/* Catches: bytes of an abandoned message that count in the next one; a key that is lost when a message is
 * finished. */
static void test_restart(void **state)
{
    (void)state;
    for (size_t h = 0; h < N_HASHES; h++) {
        const struct key key = any_key(&hashes[h]), other = any_key(&hashes[(h + 1) % N_HASHES]);
        struct lanekdf_hmac_state s = started(&key);
        uint8_t message[400];

        rng_fill(&rng, message, sizeof(message));
        for (size_t i = 0; i < 50; i++) {
            const size_t abandoned = edge_length(&hashes[h]) % 300, len = edge_length(&hashes[h]) % 400;

            update(&s, message + 100, abandoned, 2);
            assert_int_equal(lanekdf_hmac_restart(&s), LANEKDF_OK);
            update(&s, message, len, 2);
            finish_and_compare(&s, &key, message, len, hashes[h].digest_len);
            assert_int_equal(lanekdf_hmac_restart(&s), LANEKDF_OK);
        }
        assert_int_equal(lanekdf_hmac_start(&s, other.hash->id, &other.prepared), LANEKDF_OK);
        update(&s, message, 99, 1);
        finish_and_compare(&s, &other, message, 99, other.hash->digest_len);
    }
}

/*
 * Mistakes
 */

static bool is_filled_with(const void *bytes, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (((const uint8_t *)bytes)[i] != value) {
            return false;
        }
    }
    return true;
}

static void start_fails(int status, uint32_t hash, const struct lanekdf_prepared_secret *prepared)
{
    struct lanekdf_hmac_state s;

    memset(&s, 0xa5, sizeof(s));
    assert_int_equal(lanekdf_hmac_start(&s, hash, prepared), status);
    assert_true(is_filled_with(&s, sizeof(s), 0));
    assert_int_equal(lanekdf_hmac_update(&s, (struct lanekdf_bytes){NULL, 0}), LANEKDF_ERROR_STATE);
}

/* Catches: a start without a check, above all one that takes a prepared secret of another hash, and reads
 * what is not there; a failed start that leaves a state which seems to run. */
static void test_mistakes_of_start(void **state)
{
    const struct key key = any_key(&hashes[0]);
    const struct lanekdf_prepared_secret nothing = {{0}};
    union {
        struct lanekdf_hmac_state state;
        struct lanekdf_prepared_secret prepared;
    } both = {.prepared = key.prepared};

    (void)state;
    start_fails(LANEKDF_ERROR_NULL, LANEKDF_SHA256, NULL);
    start_fails(LANEKDF_ERROR_HASH, LANEKDF_MD5_SHA1, &key.prepared);
    start_fails(LANEKDF_ERROR_HASH, 0, &key.prepared);
    start_fails(LANEKDF_ERROR_HASH, 7, &key.prepared);
    start_fails(LANEKDF_ERROR_HASH, 0x80000001, &key.prepared);
    start_fails(LANEKDF_ERROR_PREPARED, LANEKDF_SHA384, &key.prepared);
    start_fails(LANEKDF_ERROR_PREPARED, LANEKDF_SHA256, &nothing);
    assert_int_equal(lanekdf_hmac_start(NULL, LANEKDF_SHA256, &key.prepared), LANEKDF_ERROR_NULL);
    assert_int_equal(lanekdf_hmac_start(&both.state, LANEKDF_SHA256, &both.prepared), LANEKDF_ERROR_OVERLAP);
    assert_memory_equal(&both.prepared, &key.prepared, sizeof(key.prepared));
}

/* Catches: a mistake that changes the state, so that the right call after it gives a wrong HMAC; an update of
 * a state that is not one. */
static void test_mistakes_of_update(void **state)
{
    const struct key key = any_key(&hashes[1]);
    struct lanekdf_hmac_state s = started(&key), blank;
    uint8_t message[200], out[MAX_DIGEST];
    const struct {
        struct lanekdf_bytes piece;
        int status;
    } wrong[] = {
        {{NULL, 1}, LANEKDF_ERROR_NULL},
        {{message, SIZE_MAX}, LANEKDF_ERROR_LENGTH},
        {{message, (SIZE_MAX >> 4) + 1}, LANEKDF_ERROR_LENGTH},
        {{message, (SIZE_MAX >> 4) - 149}, LANEKDF_ERROR_LENGTH},
        {{(const uint8_t *)&s, 1}, LANEKDF_ERROR_OVERLAP},
        {{(const uint8_t *)&s + sizeof(s) - 1, 5}, LANEKDF_ERROR_OVERLAP},
    };

    (void)state;
    rng_fill(&rng, message, sizeof(message));
    update(&s, message, 150, 2);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        /* A size_t of 32 bits cannot say 2^60: no length is wrong there. */
        if (sizeof(size_t) == 8 || wrong[i].status != LANEKDF_ERROR_LENGTH) {
            assert_int_equal(lanekdf_hmac_update(&s, wrong[i].piece), wrong[i].status);
        }
    }
    update(&s, message + 150, 50, 2);
    finish_and_compare(&s, &key, message, 200, key.hash->digest_len);
    assert_int_equal(lanekdf_hmac_update(NULL, (struct lanekdf_bytes){message, 1}), LANEKDF_ERROR_NULL);

    /* Once finished, and before it was started. */
    assert_int_equal(lanekdf_hmac_update(&s, (struct lanekdf_bytes){message, 1}), LANEKDF_ERROR_STATE);
    assert_int_equal(lanekdf_hmac_finish(&s, (struct lanekdf_span){out, 32}), LANEKDF_ERROR_STATE);
    memset(&blank, 0xa5, sizeof(blank));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            lanekdf_hmac_update(&blank, (struct lanekdf_bytes){message, 1}), LANEKDF_ERROR_STATE);
        assert_int_equal(lanekdf_hmac_finish(&blank, (struct lanekdf_span){out, 32}), LANEKDF_ERROR_STATE);
        assert_int_equal(lanekdf_hmac_restart(&blank), LANEKDF_ERROR_STATE);
        lanekdf_hmac_state_clear(&blank);
        assert_true(is_filled_with(&blank, sizeof(blank), 0));
    }
    assert_int_equal(lanekdf_hmac_restart(NULL), LANEKDF_ERROR_NULL);
    lanekdf_hmac_state_clear(NULL);
}

/* Catches: a failed finish that ends the message, or that leaves something in out which looks like an HMAC.
 */
static void test_mistakes_of_finish(void **state)
{
    uint8_t message[100], out[100];

    (void)state;
    rng_fill(&rng, message, sizeof(message));
    for (size_t h = 0; h < N_HASHES; h++) {
        const size_t too_long = hashes[h].digest_len + 1;
        const struct key key = any_key(&hashes[h]);
        struct lanekdf_hmac_state s = started(&key), before;

        update(&s, message, sizeof(message), 3);
        before = s;
        memset(out, 0xa5, sizeof(out));
        assert_int_equal(lanekdf_hmac_finish(&s, (struct lanekdf_span){out, too_long}), LANEKDF_ERROR_LENGTH);
        assert_true(is_filled_with(out, too_long, 0));
        assert_true(is_filled_with(out + too_long, sizeof(out) - too_long, 0xa5));
        assert_int_equal(lanekdf_hmac_finish(&s, (struct lanekdf_span){out, 0}), LANEKDF_ERROR_LENGTH);
        assert_int_equal(lanekdf_hmac_finish(&s, (struct lanekdf_span){NULL, 16}), LANEKDF_ERROR_NULL);
        assert_int_equal(
            lanekdf_hmac_finish(&s, (struct lanekdf_span){(uint8_t *)&s + 8, 16}), LANEKDF_ERROR_OVERLAP);
        memset(out, 0xa5, sizeof(out));
        assert_int_equal(lanekdf_hmac_finish(NULL, (struct lanekdf_span){out, 16}), LANEKDF_ERROR_NULL);
        assert_true(is_filled_with(out, 16, 0));
        assert_memory_equal(&s, &before, sizeof(s));
        finish_and_compare(&s, &key, message, sizeof(message), hashes[h].digest_len);
    }
}

/* Catches: a state that is finished and still has what the message was. */
static void test_finished_state_forgets_the_message(void **state)
{
    uint8_t message[64];

    (void)state;
    for (size_t h = 0; h < N_HASHES; h++) {
        const struct key key = any_key(&hashes[h]);
        struct lanekdf_hmac_state s = started(&key), other = s;

        rng_fill(&rng, message, sizeof(message));
        update(&s, message, sizeof(message) - 1, 2);
        finish_and_compare(&s, &key, message, sizeof(message) - 1, hashes[h].digest_len);
        finish_and_compare(&other, &key, message, 0, 1);
        assert_memory_equal(&s, &other, sizeof(s));
    }
}

/*
 * Stack
 */

struct call {
    struct lanekdf_hmac_state *state;
    struct lanekdf_bytes piece;
    struct lanekdf_span out;
    const struct key *key;
};

static void whole_hmac(void *argument)
{
    struct call *call = argument;

    assert_int_equal(lanekdf_hmac_start(call->state, call->key->hash->id, &call->key->prepared), LANEKDF_OK);
    assert_int_equal(lanekdf_hmac_update(call->state, call->piece), LANEKDF_OK);
    assert_int_equal(lanekdf_hmac_finish(call->state, call->out), LANEKDF_OK);
}

/* Catches: a block buffer or a kernel's memory that has moved to the stack. */
static void test_stack(void **state)
{
    uint8_t message[1000], out[16];
    size_t depth = 0;

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer makes frames larger; measured in the other builds");
        skip();
    }
    rng_fill(&rng, message, sizeof(message));
    for (size_t h = 0; h < N_HASHES; h++) {
        const struct key key = any_key(&hashes[h]);
        struct lanekdf_hmac_state s;
        struct call call = {&s, {message, sizeof(message)}, {out, sizeof(out)}, &key};
        struct probe probe;

        probe_call(&probe, whole_hmac, &call);
        depth = probe.depth > depth ? probe.depth : depth;
    }
    printf("an HMAC that runs: at most %zu bytes of stack\n", depth);
    assert_in_range(depth, 256, LANEKDF_ONE_STACK);
}

static int set_up(void **state)
{
    (void)state;
    rng = rng_from(test_seed());
    memory = guarded_new(GUARDED, &rng);
    puts(test_seed_text());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guarded_free(memory);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_random_pieces),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_mistakes_of_start),
        cmocka_unit_test(test_mistakes_of_update),
        cmocka_unit_test(test_mistakes_of_finish),
        cmocka_unit_test(test_finished_state_forgets_the_message),
        cmocka_unit_test(test_stack),
    };

    kernel_argument(argc, argv);
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
