#include "waves.h"
#include "memory.h"

void waves_add(struct waves *waves, unsigned number, struct lanekdf_job *job)
{
    struct wave *wave = &waves->of[number];

    if (wave->n_jobs == wave->capacity) {
        const size_t capacity = wave->capacity == 0 ? 1024 : 2 * wave->capacity;
        wave->jobs = memory_resize(wave->jobs, capacity * sizeof(struct lanekdf_job *));
        wave->capacity = capacity; /* not before: without memory the line fails, and the wave goes on */
    }
    wave->jobs[wave->n_jobs++] = job;
}

struct waves_mark waves_end(const struct waves *waves)
{
    struct waves_mark mark;

    for (size_t i = 0; i < N_WAVES; i++) {
        mark.n_jobs[i] = waves->of[i].n_jobs;
    }
    return mark;
}

void waves_cut(struct waves *waves, const struct waves_mark *mark)
{
    for (size_t i = 0; i < N_WAVES; i++) {
        waves->of[i].n_jobs = mark->n_jobs[i];
    }
}

void waves_reset(struct waves *waves)
{
    waves_cut(waves, &(struct waves_mark){{0}});
}

void waves_derive(
    const struct waves *waves, lanekdf_context *context, void (*on_failure)(const struct lanekdf_job *job))
{
    for (size_t i = 0; i < N_WAVES; i++) {
        const struct wave *wave = &waves->of[i];
        if (wave->n_jobs == 0 || lanekdf_context_derive(context, wave->jobs, wave->n_jobs) == 0) {
            continue;
        }
        for (size_t k = 0; k < wave->n_jobs; k++) {
            if (wave->jobs[k]->status != LANEKDF_OK) {
                on_failure(wave->jobs[k]);
            }
        }
    }
}

void waves_free(struct waves *waves)
{
    for (size_t i = 0; i < N_WAVES; i++) {
        memory_give_back(waves->of[i].jobs);
    }
    *waves = (struct waves){0};
}
