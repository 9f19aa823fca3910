/* One job in one lane: what lanekdf_derive_one does, on given kernels. */
#ifndef ENGINE_ONE_H
#define ENGINE_ONE_H

#include "compiler.h"
#include "evaluate.h"
#include "lane.h"
#include "record.h"

/* Compiler, evaluation and program share memory: a phase is compiled before anything of it is in the bank,
 * and one that is evaluated has no bank. The bank is the lane's row as well, as a kernel of one lane allows.
 * The kernel's scratch shares the memory as well, since no kernel runs before the phase is compiled.
 */
struct one_arena {
    struct record record;
    union {
        struct {
            _Alignas(64) uint8_t scratch[SIMD_ONE_LANE_SCRATCH];
            union {
                struct {
                    _Alignas(64) uint8_t bank[PROGRAM_MAX_SLOT_BYTES + LANE_SLACK];
                    uint8_t digests[FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
                };
                struct {
                    struct evaluation evaluation;
                    uint8_t evaluation_digests[FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
                };
            };
        };
        struct compiler compiler;
    };
    size_t bank_used, digests_used; /* bytes that have to be wiped */
    bool is_evaluated;              /* a formula was, whose frames lie deep */
};

/* Checks and derives a job, and wipes everything that it wrote but the registers. `kernels` are those of each
 * family, of one lane; `legacy` is what a job may use that has no permission of its own. Sets the status of
 * the job. */
void one_derive_in(struct one_arena *arena, const struct simd_kernel *const *kernels, uint32_t legacy,
    struct lanekdf_job *job);

/* The same with the arena on the stack. */
void one_derive(const struct simd_kernel *const *kernels, uint32_t legacy, struct lanekdf_job *job);

#endif
