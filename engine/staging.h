/*
 * Staging: the way of jobs' bytes into the lanes of a program, and back. What goes where was listed by the
 * formula and laid out by the compiler, so that nothing here knows a derivation.
 *
 * The bytes of each lane go to its row, row_stride bytes behind the row before it; the kernel moves rows into
 * the slots of a bank. A kernel that has stage() needs no rows for most programs: it reads the bytes of all
 * lanes from behind the pointers of their jobs, by columns (columns.h). Constant bytes stay in the rows, and
 * constant slots in the bank, as long as the program is the same. If the kernel has one lane, its row may be
 * the bank itself.
 */
#ifndef ENGINE_STAGING_H
#define ENGINE_STAGING_H

#include "lane.h"

/* The jobs of a task: the structs that places are in, by base and by lane. */
struct staging_lanes {
    const void *const *bases[PLACE_N_BASES];
    unsigned n; /* lanes; a kernel may have more, whose rows and digests are nobody's */
};

/* Puts the constant bytes of the slots that are loaded for each task into n rows. */
void staging_begin_rows(const struct program *p, uint8_t *rows, size_t row_stride, unsigned n);

/* Puts the bytes of every lane's job into its row, which has the constant bytes. */
void staging_fill_rows(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride);

/* Loads the slots that differ from lane to lane, and chaining values. */
void staging_load(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank,
    const uint8_t *rows, size_t row_stride);

/* Loads the program's constants and the slots that are the same in every lane, before anything else is
 * loaded. No operation writes them, so they may stay for the next task of the same program. */
void staging_bind(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank);

/* Whether the kernel stages this program by columns: staging_by_columns() then takes the place of rows and
 * loads. */
static inline bool staging_uses_columns(const struct simd_kernel *kernel, const struct program *p)
{
    return kernel->stage && p->columns.n_columns;
}

/* Puts the bytes of every lane's job into the bank, by columns where that is possible, and by rows where it
 * is not, whose constant bytes that spoils. is_bound: the bank has the constant rows of an earlier task of
 * the program. Returns whether it has them for the next task: a key that goes by rows spoils the zeros that
 * stand behind shorter ones. */
bool staging_by_columns(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lanes, bool is_bound, uint8_t *bank, uint8_t *rows, size_t row_stride,
    void *scratch);

/*
 * All of this for a kernel of one lane, whose bank is the row.
 *
 * Messages are loaded from and to the same place. A chaining value moves towards the end, since the constants
 * come before it, and perhaps onto the place of the next one: so the last is loaded first.
 */
void staging_fill_bank(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lane, uint8_t *bank);

/* Delivers the outputs of such a bank to their places. Some programs have theirs go by way of `digests`,
 * which has room for program.digest_bytes. */
void staging_deliver_bank(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lane, uint8_t *bank, uint8_t *digests);

/* Bytes that the outputs of a lane take. A kernel stores eight words however few a digest has, so the last
 * output takes a whole slot. */
static inline size_t staging_output_bytes(const struct program *p)
{
    return (p->n_outputs - 1u) * (size_t)p->output_bytes + hash_slot_bytes(p->hash);
}

/* Stores the outputs of every lane, output_bytes of each, one after the other. Lanes are
 * staging_output_bytes() apart. */
void staging_store(
    const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *digests);

/* Delivers outputs to their places. */
void staging_deliver(const struct formula_list *list, size_t output_bytes, const struct staging_lanes *lanes,
    const uint8_t *digests, size_t stride);

#endif
