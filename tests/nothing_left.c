/*
 * Nothing secret is left after a public call: not in the context, not on the dead stack, not in registers, on
 * each kernel.
 *
 * secret_words.h says what counts as secret, and how eight bytes of it are told from anything else. The
 * secret words are worked out before the call, and the call runs on a stack of its own and with cleared
 * registers (probe.h), so that what is found there was left by the call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "context.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "must.h"
#include "probe.h"
#include "secret_words.h"

static struct kernel_argument kernel;
static struct guarded_memory *memory;
static struct rng rng;
static lanekdf_context *context;

enum { MAX_JOBS = 400 };

/* One call and its jobs. A planted defect is a function that runs at the end of the call, as if it were a
 * part of it. */
struct batch_call {
    lanekdf_context *context; /* NULL: lanekdf_derive_one of the first job */
    struct job_case cases[MAX_JOBS];
    struct lanekdf_job *jobs[MAX_JOBS]; /* of the cases */
    size_t n;
    void (*plant)(const struct batch_call *call);
};

struct findings {
    bool in_context, on_stack, in_registers;
};

static void add_job(struct batch_call *call, struct job_case job_case)
{
    must(call->n < MAX_JOBS, "raise MAX_JOBS");
    call->cases[call->n] = job_case;
    call->jobs[call->n++] = &job_case.any->job;
}

static void derive_call(void *argument)
{
    struct batch_call *call = argument;

    if (call->context) {
        lanekdf_context_derive(call->context, call->jobs, call->n);
    } else {
        lanekdf_derive_one(call->jobs[0]);
    }
    if (call->plant) {
        call->plant(call);
    }
}

static bool find(const struct secret_words *words, const void *where, size_t len, const char *what)
{
    const uint8_t *at = where ? secret_words_find(words, where, len) : NULL;

    if (at) {
        printf("eight bytes of a secret %s, at byte %td of %zu: %02x%02x%02x%02x %02x%02x%02x%02x\n", what,
            at - (const uint8_t *)where, len, at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]);
    }
    return at;
}

static struct findings look_after(struct batch_call *call, const struct secret_words *words)
{
    struct findings found = {false, false, false};
    static struct probe probe;

    probe_call(&probe, derive_call, call);
    found.in_registers = find(words, probe.registers, probe.registers_len, "in registers");
    found.on_stack = find(words, probe.stack, PROBE_STACK_BYTES, "on the dead stack");
    if (call->context) {
        assert_true(call->context->size <= LANEKDF_CONTEXT_BYTES);
        found.in_context = find(words, (const uint8_t *)call->context, call->context->size, "in the context");
    }
    return found;
}

static void assert_nothing_left(struct batch_call *call, bool rounds, const char *what)
{
    struct secret_words *words = secret_words_new(rounds);
    struct findings found;

    for (size_t i = 0; i < call->n; i++) {
        secret_words_add_job(words, &call->cases[i]);
    }
    found = look_after(call, words);
    secret_words_free(words);
    if (found.in_context || found.on_stack || found.in_registers) {
        for (size_t i = 0; i < call->n && i < 3; i++) {
            printf("%s, %zu jobs: %s", what, call->n, call->cases[i].name);
            fflush(stdout);
            job_print(call->cases[i].any, true);
        }
        fail_msg("%s, %zu jobs; to repeat: %s", what, call->n, test_seed_text());
    }
}

static size_t input_len(union any_job *any, const struct job_field *field)
{
    if (!job_field_is_given(any, field)) {
        return 0;
    }
    if (field->type == FIELD_BYTES) {
        return job_field_bytes(any, field)->len;
    }
    return field->type == FIELD_PIECES ? job_pieces_len(job_field_pieces(any, field))
                                       : job_field_max(any, field);
}

/* Whether there is a secret of which half, where there are two hashes, is too long to be found by chance; or
 * none at all, as in the keys of QUIC's Initial packets, which are secret here all the same. */
static bool has_long_secret(const struct job_case *job_case)
{
    union any_job any = job_case_of_bytes(job_case);
    const struct job_kind *kind = job_kind(any.job.kind);

    for (size_t i = 0; i < kind->n_fields; i++) {
        if (kind->fields[i].is_secret && input_len(&any, &kind->fields[i]) >= 32) {
            return true;
        }
    }
    return !job_kind_secret(kind);
}

/* Whether a job hashes so much that some of its words would turn up by chance: for each digest of an output a
 * message is hashed again. */
static bool is_heavy(const struct job_case *job_case)
{
    size_t len = 0;

    for (size_t i = 0; i < job_case->n_outputs; i++) {
        len += job_case->outputs[i].len;
    }
    return len > 1600;
}

/* Secrets long enough to be told from constants, of all paths of the engine: three of the PRF, and each
 * kind. */
static size_t n_paths(void)
{
    return 3 + n_job_kinds;
}

static struct job_case job_of_path(size_t path, size_t round)
{
    static const size_t secrets[] = {48, 32, 64, 65, 200, 1000};
    const size_t secret_len = secrets[round % 6];
    const uint32_t hash = tested_hash(round);
    struct job_case job_case;

    switch (path) {
    case 0:
        return good_prf(memory, hash, secret_len, 13, 64, 2, 48);
    case 1: /* block by block */
        return good_prf(memory, hash, secret_len, 13, 2200, 2, 40);
    case 2: /* many output blocks */
        return good_prf(memory, hash, secret_len, 13, 64, 2, 1000);
    }
    do {
        job_case = good_job_of_kind(job_kinds[path - 3].id, memory, ANY_SECRETS, SHORT_LENGTHS);
    } while (!has_long_secret(&job_case) || is_heavy(&job_case));
    return job_case;
}

/* Job i of a row that takes all paths in turn. */
static struct job_case job(size_t i)
{
    return job_of_path(i % n_paths(), i / n_paths());
}

/* Catches: a frame of lanekdf_derive_one, of a kernel or of the formula compiler that is not wiped or lies
 * deeper than the wipe reaches; a register that is not cleared. */
static void test_one_job(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12 * n_paths(); i++) {
        static struct batch_call call;

        call = (struct batch_call){.n = 0};
        add_job(&call, job(i));
        assert_nothing_left(&call, true, "lanekdf_derive_one");
        guarded_clear(memory);
    }
}

/* Catches: a way out of a call, for a job that fails, that goes round the wipes. */
static void test_one_failing_job(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * n_paths(); i++) {
        static struct batch_call call;

        call = (struct batch_call){.n = 0};
        add_job(&call, job(i));
        call.cases[0].any->job.reserved = 1;
        assert_nothing_left(&call, true, "lanekdf_derive_one, failing");
        assert_int_equal(call.jobs[0]->status, LANEKDF_ERROR_RESERVED);
        guarded_clear(memory);
    }
}

/* The calls of an HMAC that runs over the key and the message of a job: start, an update for each piece,
 * finish, restart. The state stays with the caller and is not searched. */
struct hmac_calls {
    const struct lanekdf_hmac *job;
    const struct lanekdf_prepared_secret *prepared;
    struct lanekdf_hmac_state *state;
    size_t n;   /* of these calls, the first ones, are made */
    int status; /* of the last one */
};

static int make_hmac_call(const struct hmac_calls *calls, size_t i)
{
    const size_t n_pieces = calls->job->n_message;

    if (i == 0) {
        return lanekdf_hmac_start(calls->state, calls->job->hash, calls->prepared);
    }
    if (i <= n_pieces) {
        return lanekdf_hmac_update(calls->state, calls->job->message[i - 1]);
    }
    return i == n_pieces + 1 ? lanekdf_hmac_finish(calls->state, calls->job->out)
                             : lanekdf_hmac_restart(calls->state);
}

/* What a call leaves in general registers would not outlive an assertion behind it. */
static void make_hmac_calls(void *argument)
{
    struct hmac_calls *calls = argument;

    calls->status = LANEKDF_OK;
    for (size_t i = 0; i < calls->n && calls->status == LANEKDF_OK; i++) {
        calls->status = make_hmac_call(calls, i);
    }
}

/* Catches: one of these calls that wipes too little of its stack, or forgets the registers; a kernel whose
 * hash_blocks() takes more stack than is wiped. */
static void test_hmac_that_runs(void **state)
{
    enum { N_PIECES = 3 };
    static const size_t lens[] = {0, 20, 64, 111, 200, 1000};

    (void)state;
    for (size_t i = 0; i < 6 * n_tested_hashes(); i++) {
        const struct job_case job_case =
            good_hmac(memory, tested_hash(i), i % 2 ? 48 : 150, lens[i % 6], N_PIECES);
        const struct lanekdf_hmac *job = &job_case.any->hmac;
        struct hmac_calls calls = {.job = job,
            .prepared = take_prepared(memory, job->hash, job->key),
            .state = guarded_take(memory, sizeof(*calls.state), 8)};
        struct secret_words *words = secret_words_new(true);

        secret_words_add_job(words, &job_case);
        for (calls.n = 1; calls.n <= N_PIECES + 3; calls.n++) {
            static struct probe probe;
            probe_call(&probe, make_hmac_calls, &calls);
            assert_int_equal(calls.status, LANEKDF_OK);
            const bool in_registers = find(words, probe.registers, probe.registers_len, "in registers");
            const bool on_stack = find(words, probe.stack, PROBE_STACK_BYTES, "on the dead stack");
            if (in_registers || on_stack) {
                fail_msg("an HMAC that runs, after %zu calls; to repeat: %s", calls.n, test_seed_text());
            }
        }
        secret_words_free(words);
        guarded_clear(memory);
    }
}

/* Catches: a record, a row, a bank, a cursor or scratch memory of a context that is not wiped, the last bank
 * and unused lanes included; a frame or a register of the batch's own that is left. */
static void test_batches(void **state)
{
    size_t sizes[] = {1, 2, 3, kernel.lanes - 1, kernel.lanes, kernel.lanes + 1, 2 * kernel.lanes + 1, 40};

    (void)state;
    for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
        for (size_t first = 0; first < 6 * n_paths(); first += UNDER_ASAN ? 21 : 7) {
            static struct batch_call call;

            call = (struct batch_call){.context = context};
            for (size_t i = 0; i < sizes[k]; i++) {
                add_job(&call, job(first + i));
            }
            assert_nothing_left(&call, call.n <= 3, "lanekdf_context_derive, mixed kinds");
            guarded_clear(memory);
        }
    }
}

/* Catches: the same mistakes in tasks that are full, which mixed batches seldom have. */
static void test_batches_of_one_kind(void **state)
{
    (void)state;
    for (size_t path = 0; path < n_paths(); path++) {
        for (size_t n = 1; n <= kernel.lanes + 1; n += kernel.lanes > 3 ? kernel.lanes / 3 : 1) {
            static struct batch_call call;

            call = (struct batch_call){.context = context};
            for (size_t i = 0; i < n; i++) {
                add_job(&call, job(path));
            }
            assert_nothing_left(&call, false, "lanekdf_context_derive, one kind");
            guarded_clear(memory);
        }
    }
}

/* There are more jobs than a context has records. They have 40 secrets only: of more there would be so many
 * words that some turn up by chance. Catches: a record that is wiped after its last job only. */
static void test_large_batch(void **state)
{
    static struct batch_call call;

    (void)state;
    call = (struct batch_call){.context = context};
    for (size_t i = 0; i < MAX_JOBS; i++) {
        struct job_case job_case =
            good_prf(memory, tested_hash(i % 40), 48 + i % 40, 13, 20 + 3 * (i % 40), 1, 48 + i % 40);

        if (i >= 40) {
            struct lanekdf_span out = job_case.any->prf.out;
            memcpy(job_case.any, call.jobs[i % 40], sizeof(job_case.any->prf));
            job_case.any->prf.out = out;
        }
        job_case.any->prf.reserved = i % 7 == 6;
        add_job(&call, job_case);
    }
    assert_nothing_left(&call, false, "lanekdf_context_derive, a large batch");
    guarded_clear(memory);
}

/*
 * lanekdf_context_free: the linker makes its call of munmap() one of the function here, which looks at the
 * memory.
 */

static const struct secret_words *words_of_freed;
static bool secret_in_freed;
static size_t bytes_freed;

static void look_at_freed(const void *freed, size_t len)
{
    if (!words_of_freed) {
        return;
    }
    bytes_freed += len;
    secret_in_freed |= find(words_of_freed, freed, len, "in memory that is given back");
}

int __real_munmap(void *, size_t);
int __wrap_munmap(void *, size_t);
int __wrap_munmap(void *address, size_t len)
{
    look_at_freed(address, len);
    return __real_munmap(address, len);
}

/* Copies eight bytes one by one, so that they are in no register afterwards. */
static void plant_bytes(volatile uint8_t *to, const uint8_t *from)
{
    for (size_t i = 0; i < 8; i++) {
        to[i] = from[i];
    }
}

/* Leaves eight bytes of the first job's secret in the context, where later tests of it are not harmed: in a
 * record that has no job. */
static void plant_in_context(const struct batch_call *call)
{
    struct record *last = &call->context->records[CONTEXT_N_RECORDS - 1];
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)(const void *)call->jobs[0];

    plant_bytes(last->secrets.hashed + 13, prf->secret.data + 5);
}

/* Catches: a context that is given back to the system with a secret in it. */
static void test_freed_context(void **state)
{
    (void)state;
    for (int planted = 0; planted < 2; planted++) {
        static struct batch_call call;
        struct secret_words *words = secret_words_new(false);

        call = (struct batch_call){.plant = planted ? plant_in_context : NULL};
        assert_int_equal(lanekdf_context_new(&call.context, NULL), LANEKDF_OK);
        for (size_t i = 0; i < 20; i++) {
            add_job(&call, good_prf(memory, tested_hash(i), 48, 13, 64, 2, 48));
            secret_words_add_job(words, &call.cases[i]);
        }
        derive_call(&call);
        bytes_freed = 0;
        secret_in_freed = false;
        words_of_freed = words;
        lanekdf_context_free(call.context);
        words_of_freed = NULL;
        assert_true(bytes_freed > 1000);
        assert_false(secret_in_freed);
        secret_words_free(words);
        guarded_clear(memory);
    }
}

/*
 * The searches themselves are tested: each must find a defect that is planted.
 */

/* Makes the compiler write the array to memory, in one piece. */
#define KEEP(array) __asm__ volatile("" : : "r"(array) : "memory")

__attribute__((noinline)) static void plant_on_stack(const struct batch_call *call)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)(const void *)call->jobs[0];
    uint8_t dead[1024];

    plant_bytes(dead + 777, prf->secret.data);
    KEEP(dead);
}

/* Leaves words of two outputs as a kernel holds them: in host order, those of two lanes side by side. */
__attribute__((noinline)) static void plant_words_on_stack(const struct batch_call *call)
{
    uint32_t dead[256];

    for (size_t i = 0; i < 2; i++) {
        const struct lanekdf_prf *prf = (const struct lanekdf_prf *)(const void *)call->jobs[i];
        memcpy(&dead[100 + i], prf->out.data + 8, 4);
        dead[100 + i] = __builtin_bswap32(dead[100 + i]);
    }
    KEEP(dead);
}

static void plant_in_register(const struct batch_call *call)
{
    probe_load_register(((const struct lanekdf_prf *)(const void *)call->jobs[0])->out.data + 16);
}

static void plant_in_general_register(const struct batch_call *call)
{
    probe_load_general_register(((const struct lanekdf_prf *)(const void *)call->jobs[0])->out.data + 16);
}

static struct findings look_for_planted(void (*plant)(const struct batch_call *call))
{
    static struct batch_call call;
    struct secret_words *words = secret_words_new(true);
    struct findings found;

    call = (struct batch_call){.context = context, .plant = plant};
    for (size_t i = 0; i < 2; i++) {
        add_job(&call, good_prf(memory, tested_hash(0), 48, 13, 64, 2, 48));
        secret_words_add_job(words, &call.cases[i]);
    }
    found = look_after(&call, words);
    secret_words_free(words);
    guarded_clear(memory);
    return found;
}

/* What is found of eight bytes that are planted, of which the search is to find some in this place. A word of
 * small numbers is no secret to it, and one of two words is such once in 5,000 times: then others are tried.
 */
static struct findings find_planted(
    void (*plant)(const struct batch_call *call), bool (*is_found)(const struct findings *found))
{
    struct findings found = look_for_planted(plant);

    return is_found(&found) ? found : look_for_planted(plant);
}

static bool is_in_context(const struct findings *found)
{
    return found->in_context;
}

static bool is_on_stack(const struct findings *found)
{
    return found->on_stack;
}

static bool is_in_registers(const struct findings *found)
{
    return found->in_registers;
}

static void test_search_of_context_finds_planted_secret(void **state)
{
    struct findings found = find_planted(plant_in_context, is_in_context);

    (void)state;
    assert_true(found.in_context);
    assert_false(found.on_stack || found.in_registers);
}

static void test_search_of_stack_finds_planted_secret(void **state)
{
    struct findings found;

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer changes the stack; it is searched in the release build");
        skip();
    }
    found = find_planted(plant_on_stack, is_on_stack);
    assert_true(found.on_stack);
    assert_false(found.in_context || found.in_registers);
    found = find_planted(plant_words_on_stack, is_on_stack);
    assert_true(found.on_stack);
}

static void test_search_of_registers_finds_planted_secret(void **state)
{
    static const uint8_t nothing[16];
    struct findings found;

    (void)state;
    if (!probe_load_register(nothing)) {
        puts("skipped: no way to read the registers of this machine");
        skip();
    }
    found = find_planted(plant_in_register, is_in_registers);
    assert_true(found.in_registers);
    assert_false(found.in_context || found.on_stack);
    found = find_planted(plant_in_general_register, is_in_registers);
    assert_true(found.in_registers);
    assert_false(found.in_context || found.on_stack);
}

static int set_up(void **state)
{
    (void)state;
    memory = guarded_new(PACKED, &rng);
    rng = rng_from(test_seed());
    return lanekdf_context_new(&context, NULL) != LANEKDF_OK;
}

static int tear_down(void **state)
{
    (void)state;
    lanekdf_context_free(context);
    guarded_free(memory);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_of_context_finds_planted_secret),
        cmocka_unit_test(test_search_of_stack_finds_planted_secret),
        cmocka_unit_test(test_search_of_registers_finds_planted_secret),
        cmocka_unit_test(test_one_job),
        cmocka_unit_test(test_one_failing_job),
        cmocka_unit_test(test_hmac_that_runs),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_batches_of_one_kind),
        cmocka_unit_test(test_large_batch),
        cmocka_unit_test(test_freed_context),
    };

    kernel = kernel_argument(argc, argv);
    favour_family(kernel.family);
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
