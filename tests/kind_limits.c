/*
 * What a kind of job may have: the author of a kind with more is told so by its first test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "prepared.h"
#include "route.h"

static uint8_t buffers[VIEW_MAX_INPUTS + 1];
static unsigned n_outputs, n_inputs;

static void many_view(const struct lanekdf_job *job, struct view *view)
{
    (void)job;
    for (unsigned i = 0; i < n_outputs; i++) {
        view_add_output(view, &buffers[i], 1);
    }
    for (unsigned i = 0; i < n_inputs; i++) {
        view_add_input(view, &buffers[i], 1);
    }
}

static int many_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    (void)job, (void)hash, (void)legacy;
    return LANEKDF_OK;
}

static const struct derivation *const no_phases[] = {NULL};
static const struct kind kind_many = {
    .job_bytes = sizeof(struct lanekdf_job), .phases = no_phases, .view = many_view, .check = many_check};

/* The status of a job whose kind has this many buffers. */
static int begin_many(unsigned outputs, unsigned inputs)
{
    struct lanekdf_job job = {0};
    struct record record;
    n_outputs = outputs;
    n_inputs = inputs;
    return kind_begin(&kind_many, &job, LANEKDF_SHA256, &record, 0);
}

/* Catches: a kind with one buffer more than a view lists, of which an overlap would be missed. */
static void test_too_many_buffers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(begin_many(VIEW_MAX_OUTPUTS, 0), LANEKDF_OK);
    assert_int_equal(begin_many(VIEW_MAX_OUTPUTS + 1, 0), LANEKDF_ERROR_KIND);
    assert_int_equal(begin_many(0, VIEW_MAX_INPUTS), LANEKDF_OK);
    assert_int_equal(begin_many(0, VIEW_MAX_INPUTS + 1), LANEKDF_ERROR_KIND);
}

/* Catches: a list that is written past its end, into the rest of the view or beyond it. */
static void test_lists_are_not_overrun(void **state)
{
    struct {
        struct view view;
        uint8_t behind[64];
    } room;
    uint8_t untouched[sizeof(room.behind)];
    (void)state;
    memset(&room, 0xa5, sizeof(room));
    memset(untouched, 0xa5, sizeof(untouched));
    view_begin(&room.view, VIEW_LISTS_ALL);
    n_outputs = VIEW_MAX_OUTPUTS + 1;
    n_inputs = VIEW_MAX_INPUTS + 1;
    many_view(NULL, &room.view);
    assert_int_equal(room.view.n_listed_outputs, VIEW_MAX_OUTPUTS);
    assert_int_equal(room.view.n_listed_inputs, VIEW_MAX_INPUTS);
    for (unsigned i = 0; i < VIEW_MAX_INPUTS; i++) {
        assert_ptr_equal(room.view.inputs[i].data, &buffers[i]);
    }
    assert_memory_equal(room.behind, untouched, sizeof(untouched));
}

/* Catches: a hash whose digests or chaining values a record or a prepared secret has no room for. With two
 * hashes those of both have to fit, side by side. */
static void test_every_hash_has_room(void **state)
{
    (void)state;
    for (unsigned id = 0; id <= HASH_MAX_ID; id++) {
        const struct hash *hash = hash_find(id);
        if (!hash) {
            continue;
        }
        const bool has_two = hash->components[0] != 0;
        const struct hash *first = has_two ? hash_find(hash->components[0]) : hash;
        const struct hash *second = has_two ? hash_find(hash->components[1]) : NULL;
        assert_true(first->block_bytes <= HASH_MAX_BLOCK && first->digest_bytes <= HASH_MAX_DIGEST);
        if (second) {
            assert_int_equal(hash->digest_bytes, first->digest_bytes + second->digest_bytes);
            assert_true(hash->digest_bytes <= HASH_MAX_DIGEST);
            assert_true(first->block_bytes <= PREPARED_PASS_BYTES);
            assert_true(second->block_bytes <= PREPARED_PASS_BYTES);
        }
    }
}

/* Catches: a kind of which a route has no room for all words, so that some are written behind it or not
 * compared; a kind that names a pointer twice. */
static void test_routes_have_room(void **state)
{
    enum { MAX_ID = 64 };
    (void)state;
    if (!ROUTE_WORDS_HOLD_POINTERS) {
        puts("skipped: no job has a route where pointers have fewer than eight bytes");
        skip();
    }
    for (uint32_t id = 0; id < MAX_ID; id++) {
        const struct kind *kind = kinds_find(id);
        if (!kind || !kind->read) {
            continue;
        }
        const uint64_t pointers = kind->optional | kind->buffers;
        const size_t n_words = kind->job_bytes / sizeof(uint64_t);
        unsigned n_exact = 0;
        assert_int_equal(kind->job_bytes % sizeof(uint64_t), 0);
        assert_true(n_words <= ROUTE_MAX_JOB_WORDS);
        for (size_t i = 1; i < n_words; i++) {
            n_exact += !(pointers >> i & 1) && route_mask(kind, i);
        }
        assert_true(n_exact <= ROUTE_MAX_WORDS);
        assert_int_equal(kind->optional & kind->buffers, 0);
        assert_int_equal(kind->followed & ~kind->optional, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_buffers_are_refused),
        cmocka_unit_test(test_lists_are_not_overrun),
        cmocka_unit_test(test_every_hash_has_room),
        cmocka_unit_test(test_routes_have_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
