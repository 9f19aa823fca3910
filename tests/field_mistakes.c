#include "good_jobs.h"
#include "mistakes.h"

#include <string.h>

#include "must.h"

static union any_job *any_of(struct mistake_site *site)
{
    return site->job_case->any;
}

static struct rng *rng_of(struct mistake_site *site)
{
    return guarded_rng(site->memory);
}

/*
 * Overlaps: what is overlapped is moved to where there is room around it, so that the output overlaps it
 * alone.
 */

const struct job_field *any_other_output(struct mistake_site *site, const struct job_field *but)
{
    const struct job_field *chosen = NULL;
    uint32_t n = 0;

    for (size_t i = 0; i < site->kind->n_fields; i++) {
        const struct job_field *field = &site->kind->fields[i];

        if (field != but && job_field_is_output(field) && job_field_is_given(any_of(site), field)) {
            n++;
            chosen = rng_one_in(rng_of(site), n) ? field : chosen;
        }
    }
    return chosen;
}

static size_t output_len(struct mistake_site *site, const struct job_field *output)
{
    const struct job_case *job_case = site->job_case;
    const uint8_t *data = job_field_output(job_case->any, output);

    for (size_t i = 0; i < job_case->n_outputs; i++) {
        if (job_case->outputs[i].data == data) {
            return job_case->outputs[i].len;
        }
    }
    must(false, "an output that its case does not know");
    return 0;
}

static size_t to_multiple_of_8(size_t len)
{
    return (len + 7) / 8 * 8;
}

void *take_room(struct mistake_site *site, const struct job_field *output, size_t len)
{
    const size_t margin = to_multiple_of_8(output_len(site, output));

    return (uint8_t *)guarded_take(site->memory, 2 * margin + to_multiple_of_8(len), 8) + margin;
}

void overlap_with(struct mistake_site *site, const struct job_field *output, const void *with, size_t len)
{
    const size_t out_len = output_len(site, output);
    uintptr_t at = (uintptr_t)with + rng_below(rng_of(site), (uint32_t)(len + out_len - 1)) - (out_len - 1);

    if (output->type == FIELD_PREPARED_OUT) {
        at -= at % 8;
        at += at + out_len <= (uintptr_t)with ? 8 : 0;
    }
    forget_output(site->job_case, job_field_output(any_of(site), output));
    job_field_set_output(any_of(site), output, (void *)at);
}

/* Copies len bytes to where an output of the job overlaps them, and returns the copy; NULL if the job wants
 * no output. */
static void *move_and_overlap(struct mistake_site *site, const void *data, size_t len)
{
    const struct job_field *output = any_other_output(site, NULL);
    void *moved;

    if (!output) {
        return NULL;
    }
    moved = memcpy(take_room(site, output, len), data, len);
    overlap_with(site, output, moved, len);
    return moved;
}

/*
 * Numbers
 */

static bool set_unknown_bit(struct mistake_site *site)
{
    const struct job_field *field = site->field;
    unsigned bit;

    do {
        bit = rng_below(rng_of(site), 8 * (uint32_t)field->size);
    } while (field->max >> bit & 1);
    job_field_set_number(any_of(site), field, job_field_number(any_of(site), field) | (uint64_t)1 << bit);
    return true;
}

/* Where outputs are as long as a digest, nobody can tell their lengths without a hash. */
static void expect_outputs_of_no_hash(struct mistake_site *site)
{
    for (size_t i = 0; i < site->kind->n_fields; i++) {
        const struct job_field *field = &site->kind->fields[i];

        if (job_field_is_output(field) && field->max == AS_DIGEST && field->type != FIELD_OUT) {
            site->job_case->outputs_of_failure = OUTPUTS_EITHER;
        }
    }
}

static bool set_unknown_hash(struct mistake_site *site)
{
    uint32_t candidates[] = {0, 1, 0x10001, UINT32_MAX};

    while (lanekdf_hash_len(candidates[1])) {
        candidates[1]++;
    }
    do {
        job_field_set_number(any_of(site), site->field, candidates[rng_below(rng_of(site), 4)]);
    } while (lanekdf_hash_len(job_hash(any_of(site))));
    expect_outputs_of_no_hash(site);
    return true;
}

static bool is_of_some_hashes(const struct job_kind *kind, const struct job_field *field)
{
    (void)field;
    return !job_kind_takes_every_hash(kind);
}

static bool set_hash_of_other_kinds(struct mistake_site *site)
{
    uint32_t hash;

    do {
        hash = any_hash(site->memory);
    } while (site->kind->hashes >> hash & 1);
    job_field_set_number(any_of(site), site->field, hash);
    expect_outputs_of_no_hash(site);
    return true;
}

/* Sets a version that has no stages or, where the kind is of some versions, one of the others. */
static bool set_unknown_version(struct mistake_site *site)
{
    static const uint32_t unknown[] = {0, 2, LANEKDF_SSL3, LANEKDF_TLS12, 0x0305, 0xfeff, 0xfefd, 0x6b3343ce,
        0x6b3343d0, 0xff00001d, UINT32_MAX};
    const uint32_t n = sizeof(unknown) / sizeof(*unknown), i = rng_below(rng_of(site), n + N_STAGE_VERSIONS);

    job_field_set_number(any_of(site), site->field, i < n ? unknown[i] : stage_versions[i - n]);
    return i < n || !(site->field->max >> (i - n) & 1);
}

/*
 * Bytes
 */

static bool bytes_null(struct mistake_site *site)
{
    struct lanekdf_bytes *bytes = job_field_bytes(any_of(site), site->field);

    bytes->data = NULL;
    return bytes->len > 0;
}

/* A field that is empty may have nothing to say in this job, whatever its length. */
static bool bytes_of_length(struct mistake_site *site, size_t len)
{
    struct lanekdf_bytes *bytes = job_field_bytes(any_of(site), site->field);
    const bool is_given = bytes->len > 0;

    *bytes = take_bytes(site->memory, len);
    return is_given;
}

static bool bytes_long(struct mistake_site *site)
{
    return bytes_of_length(site, job_field_max(any_of(site), site->field) + 1);
}

static bool bytes_short(struct mistake_site *site)
{
    return bytes_of_length(site, job_field_min(any_of(site), site->field) - 1);
}

static bool can_be_prepared(const struct job_kind *kind, const struct job_field *field)
{
    return field == job_kind_secret(kind) && job_kind_field(kind, FIELD_PREPARED);
}

/* Whether something else may be given in the place of the field's bytes, of which one is the least. */
static bool has_substitute(const struct job_kind *kind, const struct job_field *field)
{
    return field->min == 1 && (field->may_be_left_out || can_be_prepared(kind, field));
}

static bool has_min(const struct job_kind *kind, const struct job_field *field)
{
    return field->min > 0 && !has_substitute(kind, field);
}

static bool bytes_endless(struct mistake_site *site)
{
    struct lanekdf_bytes *bytes = job_field_bytes(any_of(site), site->field);
    const bool is_given = bytes->len > 0;

    bytes->len = SIZE_MAX;
    return is_given;
}

/* So many bytes from NULL on would reach over every output. */
static bool bytes_endless_from_null(struct mistake_site *site)
{
    struct lanekdf_bytes *bytes = job_field_bytes(any_of(site), site->field);
    const bool is_given = bytes->len > 0;

    *bytes = (struct lanekdf_bytes){NULL, SIZE_MAX / 2};
    return is_given;
}

static bool bytes_overlapped(struct mistake_site *site)
{
    struct lanekdf_bytes *bytes = job_field_bytes(any_of(site), site->field);

    if (!bytes->len) {
        return false;
    }
    bytes->data = move_and_overlap(site, bytes->data, bytes->len);
    return bytes->data != NULL;
}

/*
 * Pieces
 */

enum { PIECE_LEN = 20, MAX_OWN_PIECES = 5 };

/* Gives the job n pieces of the same length, in which the caller makes a mistake. */
static struct lanekdf_bytes *own_pieces(struct mistake_site *site, size_t n)
{
    struct lanekdf_bytes *pieces = guarded_take(site->memory, n * sizeof(*pieces), sizeof(void *));

    for (size_t i = 0; i < n; i++) {
        pieces[i] = take_bytes(site->memory, PIECE_LEN);
    }
    job_field_set_pieces(any_of(site), site->field, (struct job_pieces){pieces, n});
    return pieces;
}

static bool pieces_null(struct mistake_site *site)
{
    job_field_set_pieces(
        any_of(site), site->field, (struct job_pieces){NULL, 1 + rng_below(rng_of(site), 3)});
    return true;
}

static bool piece_null(struct mistake_site *site)
{
    const size_t n = 1 + rng_below(rng_of(site), 3);

    own_pieces(site, n)[rng_below(rng_of(site), (uint32_t)n)].data = NULL;
    return true;
}

/* Where a size_t has 32 bits, no message can be too long. */
static bool has_limit(const struct job_kind *kind, const struct job_field *field)
{
    (void)kind;
    return field->max < SIZE_MAX;
}

/* One byte too much. A message of 2^60 bytes cannot be there: only its length says that it is too long. */
static bool pieces_long(struct mistake_site *site)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 2);
    const size_t too_long = site->field->max + 1 - PIECE_LEN;

    if (site->field->max <= LANEKDF_MAX_SEED) {
        pieces[1] = take_bytes(site->memory, too_long);
    } else {
        pieces[1].len = too_long;
        site->job_case->outputs_of_failure = OUTPUTS_EITHER;
    }
    return true;
}

/* The sum of the lengths wraps beyond SIZE_MAX and is a small number again. */
static bool pieces_wrap(struct mistake_site *site)
{
    own_pieces(site, 3)[1].len = SIZE_MAX - PIECE_LEN / 2;
    return true;
}

/* The list is refused for its length alone, and not read. */
static bool pieces_many(struct mistake_site *site)
{
    const size_t n = rng_one_in(rng_of(site), 2) ? LANEKDF_MAX_PIECES + 1 : SIZE_MAX / 8;

    job_field_set_pieces(any_of(site), site->field, (struct job_pieces){own_pieces(site, 1), n});
    return true;
}

static bool piece_overlapped(struct mistake_site *site)
{
    struct lanekdf_bytes *piece = &own_pieces(site, MAX_OWN_PIECES)[rng_below(rng_of(site), MAX_OWN_PIECES)];

    piece->data = move_and_overlap(site, piece->data, piece->len);
    return piece->data != NULL;
}

static bool list_overlapped(struct mistake_site *site)
{
    struct job_pieces pieces = {own_pieces(site, MAX_OWN_PIECES), MAX_OWN_PIECES};

    pieces.list = move_and_overlap(site, pieces.list, pieces.n * sizeof(*pieces.list));
    job_field_set_pieces(any_of(site), site->field, pieces);
    return pieces.list != NULL;
}

/*
 * Inputs of a fixed length
 */

static bool is_always_read(const struct job_kind *kind, const struct job_field *field)
{
    return !field->may_be_left_out && !can_be_prepared(kind, field);
}

static bool is_read_where_given(const struct job_kind *kind, const struct job_field *field)
{
    (void)kind;
    return !field->may_be_left_out || field->is_secret;
}

static bool fixed_null(struct mistake_site *site)
{
    const uint8_t **fixed = job_field_fixed(any_of(site), site->field);
    const bool is_given = *fixed != NULL;

    *fixed = NULL;
    return is_given;
}

static bool fixed_overlapped(struct mistake_site *site)
{
    const uint8_t **fixed = job_field_fixed(any_of(site), site->field);

    if (!*fixed) {
        return false;
    }
    *fixed = move_and_overlap(site, *fixed, job_field_max(any_of(site), site->field));
    return *fixed != NULL;
}

/*
 * Prepared secrets
 */

/* Gives the job this prepared secret in the place of bytes. Returns false if the job has no such bytes. */
static bool set_prepared(struct mistake_site *site, const struct lanekdf_prepared_secret *prepared)
{
    if (!job_has_secret_bytes(any_of(site))) {
        return false;
    }
    prepare_secret(site->job_case, site->memory);
    *job_field_prepared(any_of(site), site->field) = prepared;
    return true;
}

static bool prepared_garbage(struct mistake_site *site)
{
    struct lanekdf_prepared_secret *garbage = guarded_take(site->memory, sizeof(*garbage), sizeof(uint64_t));

    rng_fill(rng_of(site), garbage, sizeof(*garbage));
    return set_prepared(site, garbage);
}

static bool prepared_with_other_hash(struct mistake_site *site)
{
    const struct lanekdf_bytes secret = take_bytes(site->memory, LANEKDF_MASTER_SECRET_LEN);
    uint32_t hash;

    do {
        hash = any_hash(site->memory);
    } while (hash == job_hash(any_of(site)));
    return set_prepared(site, take_prepared(site->memory, hash, secret));
}

static bool prepared_beside_bytes(struct mistake_site *site)
{
    const struct lanekdf_bytes secret = take_bytes(site->memory, LANEKDF_MASTER_SECRET_LEN);

    *job_field_prepared(any_of(site), site->field) =
        take_prepared(site->memory, job_hash(any_of(site)), secret);
    return job_field_is_given(any_of(site), job_kind_secret(site->kind));
}

static bool prepared_overlapped(struct mistake_site *site)
{
    const struct lanekdf_prepared_secret **prepared = job_field_prepared(any_of(site), site->field);

    if (!job_has_secret_bytes(any_of(site))) {
        return false;
    }
    prepare_secret(site->job_case, site->memory);
    *prepared = move_and_overlap(site, *prepared, sizeof(**prepared));
    return *prepared != NULL;
}

/*
 * Outputs
 */

/* Expects that nothing is written to the output. Returns false if the job does not want it. */
static bool forget(struct mistake_site *site)
{
    uint8_t *data = job_field_output(any_of(site), site->field);

    forget_output(site->job_case, data);
    return data != NULL;
}

static bool output_null(struct mistake_site *site)
{
    const bool is_wanted = forget(site);

    job_field_set_output(any_of(site), site->field, NULL);
    return is_wanted;
}

static bool is_always_written(const struct job_kind *kind, const struct job_field *field)
{
    (void)kind;
    return !field->may_be_left_out;
}

static bool output_empty(struct mistake_site *site)
{
    job_field_span(any_of(site), site->field)->len = 0;
    return forget(site);
}

/* An output beyond LANEKDF_MAX_OUT is nothing that the engine would zero. */
static bool output_long(struct mistake_site *site)
{
    const size_t len = job_field_max(any_of(site), site->field) + 1;
    const bool is_wanted = forget(site);

    *job_field_span(any_of(site), site->field) = take_output(site->job_case, site->memory, len);
    if (len > LANEKDF_MAX_OUT) {
        forget(site);
    }
    return is_wanted;
}

static bool output_endless(struct mistake_site *site)
{
    job_field_span(any_of(site), site->field)->len = SIZE_MAX;
    return forget(site);
}

static bool has_other_outputs(const struct job_kind *kind, const struct job_field *field)
{
    size_t n = 0;

    for (size_t i = 0; i < kind->n_fields; i++) {
        n += &kind->fields[i] != field && job_field_is_output(&kind->fields[i]);
    }
    return n > 0;
}

static bool output_over_output(struct mistake_site *site)
{
    const struct job_field *output = site->field, *other = any_other_output(site, output);
    uint8_t *room;
    size_t len;

    if (!other || !job_field_is_given(any_of(site), output)) {
        return false;
    }
    len = output_len(site, other);
    room = take_room(site, output, len);
    forget_output(site->job_case, job_field_output(any_of(site), other));
    job_field_set_output(any_of(site), other, room);
    overlap_with(site, output, room, len);
    return true;
}

static bool output_over_job(struct mistake_site *site)
{
    const size_t size = site->kind->size;
    union any_job *moved;

    if (!job_field_is_given(any_of(site), site->field)) {
        return false;
    }
    moved = take_room(site, site->field, size);
    site->job_case->any = memcpy(moved, any_of(site), size);
    overlap_with(site, site->field, moved, size);
    return true;
}

/*
 * The table
 */

#define ZEROED(name, status, make) .mistake = {name, LANEKDF_ERROR_##status, OUTPUTS_ZEROED, make}
#define EITHER(name, status, make) .mistake = {name, LANEKDF_ERROR_##status, OUTPUTS_EITHER, make}

const struct field_mistake field_mistakes[] = {
    {FIELD_BITS, NULL, ZEROED("has an unknown bit", RESERVED, set_unknown_bit)},

    {FIELD_HASH, NULL, ZEROED("is unknown", HASH, set_unknown_hash)},
    {FIELD_HASH, is_of_some_hashes, ZEROED("is of other kinds", HASH, set_hash_of_other_kinds)},

    {FIELD_VERSION, NULL, EITHER("is unknown", VERSION, set_unknown_version)},

    {FIELD_BYTES, NULL, ZEROED("is NULL", NULL, bytes_null)},
    {FIELD_BYTES, NULL, ZEROED("is too long", LENGTH, bytes_long)},
    {FIELD_BYTES, has_min, ZEROED("is too short", LENGTH, bytes_short)},
    {FIELD_BYTES, has_substitute, ZEROED("is missing", CONFLICT, bytes_short)},
    {FIELD_BYTES, NULL, ZEROED("is endless", LENGTH, bytes_endless)},
    {FIELD_BYTES, NULL, ZEROED("is NULL and endless", LENGTH, bytes_endless_from_null)},
    {FIELD_BYTES, NULL, ZEROED("is overlapped", OVERLAP, bytes_overlapped)},

    {FIELD_PIECES, NULL, ZEROED("is NULL", NULL, pieces_null)},
    {FIELD_PIECES, NULL, ZEROED("has a piece that is NULL", NULL, piece_null)},
    {FIELD_PIECES, has_limit, ZEROED("is too long", LENGTH, pieces_long)},
    {FIELD_PIECES, has_limit, ZEROED("has lengths that wrap", LENGTH, pieces_wrap)},
    {FIELD_PIECES, NULL, EITHER("has too many pieces", LENGTH, pieces_many)},
    {FIELD_PIECES, NULL, ZEROED("has a piece that is overlapped", OVERLAP, piece_overlapped)},
    {FIELD_PIECES, NULL, ZEROED("has a list that is overlapped", OVERLAP, list_overlapped)},

    {FIELD_FIXED, is_always_read, ZEROED("is NULL", NULL, fixed_null)},
    {FIELD_FIXED, can_be_prepared, ZEROED("is missing", CONFLICT, fixed_null)},
    {FIELD_FIXED, is_read_where_given, ZEROED("is overlapped", OVERLAP, fixed_overlapped)},

    {FIELD_PREPARED, NULL, ZEROED("is garbage", PREPARED, prepared_garbage)},
    {FIELD_PREPARED, NULL, ZEROED("is of another hash", PREPARED, prepared_with_other_hash)},
    {FIELD_PREPARED, NULL, ZEROED("comes beside bytes", CONFLICT, prepared_beside_bytes)},
    {FIELD_PREPARED, NULL, ZEROED("is overlapped", OVERLAP, prepared_overlapped)},

    {FIELD_OUT, NULL, ZEROED("is NULL", NULL, output_null)},
    {FIELD_OUT, has_min, ZEROED("is empty", LENGTH, output_empty)},
    {FIELD_OUT, NULL, ZEROED("is too long", LENGTH, output_long)},
    {FIELD_OUT, NULL, ZEROED("is endless", LENGTH, output_endless)},
    {FIELD_OUT, NULL, ZEROED("lies over the job", OVERLAP, output_over_job)},

    {FIELD_FIXED_OUT, is_always_written, ZEROED("is NULL", NULL, output_null)},
    {FIELD_FIXED_OUT, has_other_outputs, ZEROED("lies over an output", OVERLAP, output_over_output)},
    {FIELD_FIXED_OUT, NULL, ZEROED("lies over the job", OVERLAP, output_over_job)},

    {FIELD_PREPARED_OUT, is_always_written, ZEROED("is NULL", NULL, output_null)},
    {FIELD_PREPARED_OUT, has_other_outputs, ZEROED("lies over an output", OVERLAP, output_over_output)},
    {FIELD_PREPARED_OUT, NULL, ZEROED("lies over the job", OVERLAP, output_over_job)},
};
const size_t n_field_mistakes = sizeof(field_mistakes) / sizeof(*field_mistakes);
