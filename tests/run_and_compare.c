#include "run_and_compare.h"

#include <string.h>

#include "judge_openssl.h"
#include "must.h"
#include "reference.h"

/*
 * Before the call: what it must make of memory goes into the image of guarded_memory.h
 */

static union any_job copy_of(const struct job_case *job_case)
{
    union any_job copy;

    memcpy(&copy, job_case->any, job_kind(job_case->any->job.kind)->size);
    return copy;
}

/* The job with its outputs in the image. */
static union any_job into_image(struct guarded_memory *memory, union any_job copy)
{
    const struct job_kind *kind = job_kind(copy.job.kind);

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct job_field *field = &kind->fields[i];

        if (job_field_is_output(field) && job_field_is_given(&copy, field)) {
            job_field_set_output(&copy, field, guarded_expected(memory, job_field_output(&copy, field)));
        }
    }
    return copy;
}

/* Compares the outputs of the reference, which the image has, with those of libcrypto, which take their
 * place. */
static bool judges_agree(
    struct guarded_memory *memory, const struct job_case *job_case, const union any_job *copy)
{
    uint8_t *by_reference[JOB_CASE_MAX_OUTPUTS];
    bool agree = true;

    for (size_t i = 0; i < job_case->n_outputs; i++) {
        const struct lanekdf_span out = job_case->outputs[i];

        by_reference[i] = malloc(out.len);
        must(by_reference[i] != NULL, "out of memory");
        memcpy(by_reference[i], guarded_expected(memory, out.data), out.len);
    }
    openssl_derive(&copy->job);
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        const struct lanekdf_span out = job_case->outputs[i];

        agree &= memcmp(by_reference[i], guarded_expected(memory, out.data), out.len) == 0;
        free(by_reference[i]);
    }
    if (!agree) {
        fprintf(stderr, "%s: reference and libcrypto differ\n", job_case->name);
    }
    return agree;
}

static void expect_zeroed_outputs(struct guarded_memory *memory, const struct job_case *job_case)
{
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        memset(guarded_expected(memory, job_case->outputs[i].data), 0, job_case->outputs[i].len);
    }
}

/* False if the judges are not of one mind. */
static bool expect(struct guarded_memory *memory, const struct job_case *job_case)
{
    union any_job *image = guarded_expected(memory, job_case->any);
    bool agree = true;

    image->job.status = job_case->status;
    if (job_case->status == LANEKDF_OK) {
        const union any_job of_bytes = into_image(memory, job_case_of_bytes(job_case)),
                            as_it_is = into_image(memory, copy_of(job_case));

        reference_derive(rng_one_in(guarded_rng(memory), 2) ? &as_it_is.job : &of_bytes.job);
        agree = !rng_one_in(guarded_rng(memory), 6) || judges_agree(memory, job_case, &of_bytes);
    } else if (job_case->outputs_of_failure == OUTPUTS_ZEROED) {
        expect_zeroed_outputs(memory, job_case);
    }
    return agree;
}

/* Good jobs fail where they are not allowed. */
static void disable(struct job_case *job_case, uint32_t legacy)
{
    if (job_case->status == LANEKDF_OK && !job_is_allowed(job_case->any, legacy)) {
        job_case->status = LANEKDF_ERROR_DISABLED;
        job_case->outputs_of_failure = OUTPUTS_ZEROED;
    }
}

/*
 * The call, and what it says itself
 */

static size_t derive_batch(struct job_case *cases, size_t n, lanekdf_context *context)
{
    struct lanekdf_job **jobs = calloc(n + 1, sizeof(*jobs));
    size_t n_failed;

    must(jobs != NULL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        jobs[i] = &cases[i].any->job;
    }
    n_failed = lanekdf_context_derive(context, jobs, n);
    free(jobs);
    return n_failed;
}

/* SIZE_MAX if a call returned another status than it left in the job. */
static size_t derive_each(struct job_case *cases, size_t n)
{
    size_t n_failed = 0;

    for (size_t i = 0; i < n; i++) {
        const int status = lanekdf_derive_one(&cases[i].any->job);

        n_failed += status != LANEKDF_OK;
        if (status != cases[i].any->job.status) {
            fprintf(stderr, "%s: lanekdf_derive_one returned %d, status is %d\n", cases[i].name, status,
                cases[i].any->job.status);
            return SIZE_MAX;
        }
    }
    return n_failed;
}

static bool derive(struct job_case *cases, size_t n, lanekdf_context *context)
{
    const size_t n_failed = context ? derive_batch(cases, n, context) : derive_each(cases, n);
    size_t expected = 0;

    for (size_t i = 0; i < n; i++) {
        expected += cases[i].status != LANEKDF_OK;
    }
    if (n_failed != expected) {
        fprintf(stderr, "%zu of %zu jobs failed, expected %zu\n", n_failed, n, expected);
    }
    return n_failed == expected;
}

/*
 * After the call: what could not be expected byte by byte
 */

static void accept_zeroed_outputs(struct guarded_memory *memory, const struct job_case *job_case)
{
    static const uint8_t zeros[LANEKDF_MAX_OUT];

    if (job_case->status == LANEKDF_OK || job_case->outputs_of_failure != OUTPUTS_EITHER) {
        return;
    }
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        const struct lanekdf_span out = job_case->outputs[i];

        must(out.len <= sizeof(zeros), "an output beyond LANEKDF_MAX_OUT");
        if (memcmp(out.data, zeros, out.len) == 0) {
            memset(guarded_expected(memory, out.data), 0, out.len);
        }
    }
}

/*
 * What is wrong, in words
 */

static bool has_wrong_output(struct guarded_memory *memory, const struct job_case *job_case)
{
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        const struct lanekdf_span out = job_case->outputs[i];

        if (memcmp(out.data, guarded_expected(memory, out.data), out.len) != 0) {
            return true;
        }
    }
    return false;
}

/* True if it is this job that went wrong. */
static bool say_what_is_wrong(struct guarded_memory *memory, const struct job_case *job_case)
{
    const int32_t status = job_case->any->job.status;
    const bool has_wrong_status = status != job_case->status;

    if (!has_wrong_status && !has_wrong_output(memory, job_case)) {
        return false;
    }
    fprintf(stderr, "%s: wrong %s; status %d \"%s\", expected %d \"%s\"", job_case->name,
        has_wrong_status ? "status" : "output", status, lanekdf_status_text(status), job_case->status,
        lanekdf_status_text(job_case->status));
    job_print(job_case->any, job_case->status == LANEKDF_OK);
    return true;
}

static void say_which_output_is_near(const struct job_case *job_case, const uint8_t *at)
{
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        const ptrdiff_t distance = at - job_case->outputs[i].data;

        if (distance > -4096 && distance < 4096) {
            fprintf(stderr, "  %td bytes from the start of an output of %s, of %zu bytes\n", distance,
                job_case->name, job_case->outputs[i].len);
        }
    }
}

/* at: the first byte that is not as expected. */
static void say_difference(
    struct guarded_memory *memory, const struct job_case *cases, size_t n, const uint8_t *at)
{
    for (size_t i = 0; i < n; i++) {
        if (say_what_is_wrong(memory, &cases[i])) {
            return;
        }
    }
    fprintf(stderr, "%zu jobs: a byte that is no output was changed, to 0x%02x\n", n, *at);
    for (size_t i = 0; i < n; i++) {
        say_which_output_is_near(&cases[i], at);
    }
}

bool expect_results(struct guarded_memory *memory, struct job_case *cases, size_t n, uint32_t legacy)
{
    bool agree = true;

    guarded_expect(memory);
    for (size_t i = 0; i < n; i++) {
        disable(&cases[i], legacy);
        agree &= expect(memory, &cases[i]);
    }
    return agree;
}

bool compare_results(
    struct guarded_memory *memory, struct job_case *cases, size_t n, lanekdf_context *context)
{
    bool is_right = derive(cases, n, context);
    const uint8_t *at;

    for (size_t i = 0; i < n; i++) {
        accept_zeroed_outputs(memory, &cases[i]);
    }
    at = guarded_difference(memory);
    if (at) {
        say_difference(memory, cases, n, at);
        is_right = false;
    }
    if (!is_right) {
        fprintf(stderr, "%s; to repeat: %s\n", context ? "lanekdf_context_derive" : "lanekdf_derive_one",
            test_seed_text());
    }
    return is_right;
}

bool run_and_compare(struct guarded_memory *memory, struct job_case *cases, size_t n,
    lanekdf_context *context, uint32_t legacy)
{
    const bool agree = expect_results(memory, cases, n, legacy);
    const bool is_right = compare_results(memory, cases, n, context);

    if (!agree) {
        fprintf(stderr, "to repeat: %s\n", test_seed_text());
    }
    guarded_clear(memory);
    return agree && is_right;
}
