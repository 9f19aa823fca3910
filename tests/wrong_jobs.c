#include "wrong_jobs.h"

#include "good_jobs.h"
#include "mistakes.h"
#include "must.h"

/*
 * The list of all mistakes, made when it is first asked for
 */

enum { MAX_WRONG_JOBS = 1024, MAX_NAME = 80 };

static struct wrong {
    const struct job_kind *kind;
    const struct job_field *field; /* NULL: the mistake is the kind's own */
    const struct mistake *mistake;
    char name[MAX_NAME];
} wrongs[MAX_WRONG_JOBS];
static size_t n_wrongs;

static void add(const struct job_kind *kind, const struct job_field *field, const struct mistake *mistake)
{
    struct wrong *wrong = &wrongs[n_wrongs];
    int len;

    must(n_wrongs++ < MAX_WRONG_JOBS, "raise MAX_WRONG_JOBS");
    wrong->kind = kind;
    wrong->field = field;
    wrong->mistake = mistake;
    len = snprintf(wrong->name, MAX_NAME, "%s: %s%s%s", kind->name, field ? field->name : "",
        field ? " " : "", mistake->name);
    must(len < MAX_NAME, "raise MAX_NAME");
}

static void add_field(const struct job_kind *kind, const struct job_field *field)
{
    for (size_t i = 0; i < n_field_mistakes; i++) {
        const struct field_mistake *of = &field_mistakes[i];

        if (of->type == field->type && (!of->is_one || of->is_one(kind, field))) {
            add(kind, field, &of->mistake);
        }
    }
}

static void add_own(const struct job_kind *kind, const struct kind_mistake *mistakes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (mistakes[i].kind == kind->id || mistakes[i].kind == ANY_KIND) {
            add(kind, NULL, &mistakes[i].mistake);
        }
    }
}

static void add_kind(const struct job_kind *kind)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        add_field(kind, &kind->fields[i]);
    }
    add_own(kind, kind_mistakes, n_kind_mistakes);
    add_own(kind, stage_mistakes, n_stage_mistakes);
}

size_t n_wrong_jobs(void)
{
    if (n_wrongs == 0) {
        for (size_t i = 0; i < n_job_kinds; i++) {
            add_kind(&job_kinds[i]);
        }
    }
    return n_wrongs;
}

/* A field that a job has left out may be one that this job cannot have at all. */
static bool has_left_out(const struct mistake_site *site)
{
    return site->field && site->field->may_be_left_out &&
           !job_field_is_given(site->job_case->any, site->field);
}

/* Makes the job and, unless it is NULL, the twin: of the same random numbers. */
static struct job_case make(size_t i, struct guarded_memory *memory, struct job_case *twin)
{
    const struct guarded_mark mark = guarded_mark(memory);
    const struct wrong *wrong = &wrongs[i];
    struct job_case job_case;
    struct mistake_site site = {&job_case, memory, wrong->kind, wrong->field};

    must(i < n_wrong_jobs(), "no such mistake");
    do {
        const struct rng before = *guarded_rng(memory);

        guarded_return_to(memory, mark);
        if (twin) {
            *twin = good_job_of_kind(wrong->kind->id, memory, BYTES_ONLY, SHORT_LENGTHS);
            *guarded_rng(memory) = before;
        }
        job_case = good_job_of_kind(wrong->kind->id, memory, BYTES_ONLY, SHORT_LENGTHS);
        job_case.name = wrong->name;
        job_case.status = wrong->mistake->status;
        job_case.outputs_of_failure = wrong->mistake->outputs_of_failure;
    } while (has_left_out(&site) || !wrong->mistake->make(&site));
    return job_case;
}

struct job_case wrong_job(size_t i, struct guarded_memory *memory)
{
    return make(i, memory, NULL);
}

struct job_case wrong_job_and_twin(size_t i, struct guarded_memory *memory, struct job_case *twin)
{
    return make(i, memory, twin);
}

struct job_case any_wrong_job(struct guarded_memory *memory)
{
    return wrong_job(rng_below(guarded_rng(memory), (uint32_t)n_wrong_jobs()), memory);
}
