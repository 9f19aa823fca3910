/*
 * SHA-256 in one lane with the SHA extensions. The arithmetic is in sha256_shani.S, which also decides which
 * operations it interleaves: up to four that are independent make a group. It runs from group to group
 * without a call in between, so that the result of a chain stays in registers.
 */
#include "sha256_shani.h"

#include <string.h>

enum { CURSORS = 4, GROUP = 4 };
#include "walk.h"

struct scratch {
    uint32_t w[GROUP][16];
    struct pair pairs[GROUP];
    /* Not 0: a group of three or four has run since w was wiped, or nobody knows: scratch may begin with
     * anything. */
    uint32_t has_messages;
};
_Static_assert(
    sizeof(struct scratch) <= SIMD_ONE_LANE_SCRATCH, "lanekdf_derive_one has no more on its stack");

_Static_assert(sizeof(struct walk) == 32 && offsetof(struct walk, end) == 8 &&
                   offsetof(struct walks, n_open) == 128 && offsetof(struct scratch, pairs) == 256 &&
                   offsetof(struct scratch, has_messages) == 352,
    "as in sha256_shani.S");

/* Runs the open tasks until one of them has no more operations. Pair i has the bank of task i; if one task is
 * open, all of them have its bank. */
void sha256_shani_groups(struct walks *walks, struct scratch *scratch);

GENERAL_REGISTERS static void set_banks(struct pair pairs[GROUP], const struct walks *walks)
{
    const struct walk *walk = walks->open;

    for (unsigned i = 0; i < GROUP; i++) {
        pairs[i].bank = walk->bank;
        pairs[i].digest_words = walk->digest_words;
        pairs[i].hi_digest_words = walk->hi_digest_words;
        walk += i + 1 < walks->n_open;
    }
}

GENERAL_REGISTERS static void sha256_shani_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        set_banks(s->pairs, &walks);
        sha256_shani_groups(&walks, s);
    }
}

GENERAL_REGISTERS static void sha256_shani_run_tasks(
    const struct simd_task *tasks, unsigned n_tasks, void *scratch)
{
    struct scratch *s = scratch;
    struct walks walks;

    if (n_tasks == 1) { /* compilers then need no loops around it */
        open_tasks(&walks, tasks, 1);
        set_banks(s->pairs, &walks);
        sha256_shani_groups(&walks, s);
        return;
    }
    open_tasks(&walks, tasks, n_tasks);
    do {
        set_banks(s->pairs, &walks);
        sha256_shani_groups(&walks, s);
    } while (close_finished(&walks));
}

static void sha256_shani_clear(void *scratch)
{
    struct scratch *s = scratch;

    if (s->has_messages) {
        simd_wipe(s->w, sizeof(s->w));
        s->has_messages = 0;
    }
}

const struct simd_kernel sha256_shani = {
    .name = "sha256_shani",
    .description = "SHA extensions, one lane, up to four operations interleaved",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI,
    .lanes = 1,
    .tasks_in_flight = CURSORS,
    .vector_width = 128,
    .stack_bytes = 512,
    .scratch_bytes = (sizeof(struct scratch) + 63) / 64 * 64,
    .run = sha256_shani_run,
    .run_tasks = sha256_shani_run_tasks,
    .load_message = shani_load_message,
    .load_state = shani_load_state,
    .store_state = shani_store_state,
    .hash_blocks = sha256_shani_x1_blocks,
    .clear = sha256_shani_clear,
};
