/*
 * The room for programs: who chooses the lengths of a job, as the peer of a connection does for some fields,
 * must not take it from others. `program_room print` says how many programs the lengths of each field make.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "must.h"

static const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
static struct guarded_memory *memory;
static struct rng rng;

static struct lanekdf_programs programs(void)
{
    struct lanekdf_programs now = {.size = sizeof(now)};

    must(lanekdf_programs_query(&now) == LANEKDF_OK, "the query fails");
    return now;
}

static unsigned n_short(struct lanekdf_programs of)
{
    return of.n_programs - of.n_long;
}

/* What a child of this process, which begins with the programs that the parent has, tells it. */
struct told {
    struct lanekdf_programs programs;
    double ns;
};
static struct told *told;

static struct told in_child(void (*function)(void *argument), void *argument)
{
    const pid_t child = child_begin();

    if (child == 0) {
        function(argument);
        told->programs = programs();
        _exit(0);
    }
    assert_int_equal(child_status(child), 0);
    return *told;
}

/* ---- lengths ---- */

enum { MAX_LENGTH = 2400, EXAMPLES = 4 };

struct length_of_job {
    union any_job any;
    const struct job_field *field;
};

static bool is_length(const struct job_field *field)
{
    return field->type == FIELD_BYTES || field->type == FIELD_PIECES || field->type == FIELD_LIST;
}

/* Derives the job with all lengths of the field; those that it may not have fail. */
static void derive_all_lengths(void *argument)
{
    static const uint8_t bytes[MAX_LENGTH] = {1};
    struct length_of_job *of = argument;

    for (size_t len = 0; len <= MAX_LENGTH; len += len < 600 ? 1 : 9) {
        const struct lanekdf_bytes piece = {bytes, len};
        if (of->field->type == FIELD_BYTES) {
            *job_field_bytes(&of->any, of->field) = piece;
        } else {
            job_field_set_pieces(&of->any, of->field, (struct job_pieces){&piece, 1});
        }
        lanekdf_derive_one(&of->any.job);
    }
}

static bool is_printed;

/* A message of 1 to 4 blocks, in each of the phases and with each of the hashes that read the field, makes no
 * more. */
enum { MAX_OF_FIELD = 32, SHORT_OUTPUT = 32 };

/* Peers do not choose how much a job gives them. A long output takes several runs, of other shapes each. */
static void shorten_outputs(const struct job_kind *kind, union any_job *any)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (kind->fields[i].type == FIELD_OUT) {
            struct lanekdf_span *out = job_field_span(any, &kind->fields[i]);
            out->len = out->len < SHORT_OUTPUT ? out->len : SHORT_OUTPUT;
        }
    }
}

static void count_lengths(const struct job_kind *kind, const struct job_field *field)
{
    const struct lanekdf_programs before = programs();
    unsigned most = 0, most_long = 0;

    for (int i = 0; i < EXAMPLES; i++) {
        struct length_of_job of = {.field = field};

        of.any = *good_job_of_kind(kind->id, memory, BYTES_ONLY, SHORT_LENGTHS).any;
        of.any.job.legacy = LANEKDF_LEGACY_ALL;
        shorten_outputs(kind, &of.any);
        const struct lanekdf_programs after = in_child(derive_all_lengths, &of).programs;
        most = n_short(after) - n_short(before) > most ? n_short(after) - n_short(before) : most;
        most_long = after.n_long - before.n_long > most_long ? after.n_long - before.n_long : most_long;
        guarded_clear(memory);
    }
    if (is_printed) {
        printf("%-20s %-24s %2u and %2u of more than 4 blocks\n", kind->name, field->name, most, most_long);
    }
    if (most > MAX_OF_FIELD) {
        fail_msg("the lengths of %s in a %s job make %u programs", field->name, kind->name, most);
    }
}

/* Catches: a shape that has a length in bytes, so that each length of a field is a program of its own. */
static void test_lengths_make_few_programs(void **state)
{
    (void)state;
    for (size_t k = 0; k < n_job_kinds; k++) {
        for (size_t i = 0; i < job_kinds[k].n_fields; i++) {
            if (is_length(&job_kinds[k].fields[i])) {
                count_lengths(&job_kinds[k], &job_kinds[k].fields[i]);
            }
        }
    }
}

/* ---- a table that is filled ---- */

enum { N_FILLING = 6000, N_TIMED = 300 };
static const double most_times = 1.7; /* times as long as with an empty table */

static void fill(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_FILLING; i++) {
        union any_job *any = good_job(memory, LONG_LENGTHS).any;

        any->job.legacy = LANEKDF_LEGACY_ALL;
        lanekdf_derive_one(&any->job);
        guarded_clear(memory);
    }
}

/* As table_full.c of an adversary did it: every number of blocks and every length of output of four kinds. */
static void fill_with_a_few_kinds(void *argument)
{
    static uint8_t out[1024], bytes[2048];
    static struct lanekdf_prepared_secret prepared;

    (void)argument;
    for (uint32_t hash = LANEKDF_SHA256; hash <= LANEKDF_SHA512; hash++) {
        const size_t digest = lanekdf_hash_len(hash), block = hash == LANEKDF_SHA256 ? 64 : 128;
        for (size_t i = 0; i < 8 * 15; i++) {
            const struct lanekdf_bytes message = {bytes, i % 15 * block};
            struct lanekdf_prf prf = {.job.kind = LANEKDF_KIND_PRF,
                .hash = hash,
                .secret = {bytes, 48},
                .seed = &message,
                .n_seed = 1,
                .out = {out, (1 + i / 15) * digest}};
            struct lanekdf_hmac hmac = {.job.kind = LANEKDF_KIND_HMAC,
                .hash = hash,
                .key = {bytes, 48},
                .message = &message,
                .n_message = 1,
                .out = {out, digest}};
            struct lanekdf_message_hash digest_of = {.job.kind = LANEKDF_KIND_HASH,
                .hash = hash,
                .message = &message,
                .n_message = 1,
                .out = {out, digest}};
            struct lanekdf_prepare prepare = {
                .job.kind = LANEKDF_KIND_PREPARE, .hash = hash, .secret = {bytes, 48}, .prepared = &prepared};
            struct lanekdf_job *const jobs[] = {&prf.job, &hmac.job, &digest_of.job, &prepare.job};
            for (size_t k = 0; k < 4; k++) {
                must(lanekdf_derive_one(jobs[k]) == LANEKDF_OK, "a job fails");
            }
            prf.secret = (struct lanekdf_bytes){NULL, 0};
            prf.prepared_secret = &prepared;
            must(lanekdf_derive_one(&prf.job) == LANEKDF_OK, "a job fails");
        }
    }
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* The least time of a common handshake and its ChaCha20 sibling, each by itself. */
static void time_handshakes(void *argument)
{
    static uint8_t bytes[256], key_block[256], master_secret[48];

    if (argument) {
        fill(NULL);
    }
    told->ns = 1e12;
    for (int i = 0; i < N_TIMED; i++) {
        const double before = now_ns();
        for (int k = 0; k < 20; k++) {
            struct lanekdf_handshake handshake = {.job.kind = LANEKDF_KIND_HANDSHAKE,
                .version = LANEKDF_TLS12,
                .hash = LANEKDF_SHA256,
                .pre_master_secret = {bytes, 32},
                .session_hash = {bytes + 32, 32},
                .client_random = bytes + 64,
                .server_random = bytes + 96,
                .enc_key_len = k % 2 ? 16 : 32,
                .fixed_iv_len = k % 2 ? 4 : 12,
                .key_block = key_block,
                .master_secret = master_secret};
            must(lanekdf_derive_one(&handshake.job) == LANEKDF_OK, "a handshake fails");
        }
        told->ns = least(told->ns, now_ns() - before);
    }
}

/* Catches: jobs of one kind, or long messages, that take all of the room. */
static void test_nobody_takes_all_of_the_room(void **state)
{
    (void)state;
    const struct lanekdf_programs few = in_child(fill_with_a_few_kinds, NULL).programs,
                                  all = in_child(fill, NULL).programs;
    printf("%u programs of %u after four kinds, %u after all; with long messages %u of %u\n", few.n_programs,
        few.max_programs, all.n_programs, all.n_long, all.max_long);
    assert_true(few.n_programs <= few.max_programs * 3 / 4);
    assert_true(all.n_long <= all.max_long && all.n_programs <= all.max_programs);
    assert_true(all.n_programs > all.max_programs / 2); /* or the jobs have not filled it */
}

/* Catches: a common handshake that takes a multiple of its time once others have filled the table, because it
 * has no program, or because the search for it takes long. What else the machine does may make a time longer
 * and never shorter, so that the least of up to N_TRIES counts. */
static void test_common_jobs_keep_their_time(void **state)
{
    enum { N_TRIES = 30 };
    static int filled;
    double empty = 1e12, full = 1e12;
    int n_tries = 0;

    (void)state;
    do {
        empty = least(empty, in_child(time_handshakes, NULL).ns);
        full = least(full, in_child(time_handshakes, &filled).ns);
    } while (full >= most_times * empty && ++n_tries < N_TRIES);
    printf("a handshake takes %.2f times as long with a full table\n", full / empty);
    assert_true(full < most_times * empty);
}

/* Catches: programs of common jobs that start-up does not make: these lines derive them, and make none. */
static void test_start_makes_common_programs(void **state)
{
    const struct lanekdf_programs before = programs();

    (void)state;
    assert_true(before.n_programs >= 15);
    assert_int_equal(in_child(time_handshakes, NULL).programs.n_programs, before.n_programs);
}

/* Catches: a size that is not looked at. */
static void test_query(void **state)
{
    struct lanekdf_programs wrong = {.size = sizeof(wrong) - 1, .n_long = 77};

    (void)state;
    assert_int_equal(lanekdf_programs_query(&wrong), LANEKDF_ERROR_OPTIONS);
    assert_int_equal(wrong.n_long, 77);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_start_makes_common_programs),
        cmocka_unit_test(test_lengths_make_few_programs),
        cmocka_unit_test(test_nobody_takes_all_of_the_room),
        cmocka_unit_test(test_common_jobs_keep_their_time),
    };

    is_printed = argc == 2 && strcmp(argv[1], "print") == 0;
    /* The parent keeps to what start-up makes: all jobs are derived in children. */
    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(told != MAP_FAILED && lanekdf_start(&options) == LANEKDF_OK, "no start");
    rng = rng_from(test_seed());
    memory = guarded_new(PACKED, &rng);
    puts(test_seed_text());
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memory);
    return n_failed != 0;
}
