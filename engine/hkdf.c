/*
 * HKDF and HKDF-Expand-Label (RFC 5869, RFC 8446 section 7.1), and the jobs that are one call of it: HKDF and
 * EXPAND_LABEL.
 */
#include "hkdf.h"

#include "digest.h"
#include "hkdf_label.h"
#include "kind.h"
#include "route.h"

/* ---- HKDF-Extract ---- */

void hkdf_keep_prk(struct formula *f, const struct shape *shape, formula_value prk)
{
    if (shape->then) {
        formula_set_secret(f, &prk, 1, shape->hash->digest_bytes);
    } else if (shape->parts & HKDF_KEEPS_PRK) {
        prf_keep_prepared(f, shape, formula_key_digest(prk));
    }
}

/* ---- HKDF-Expand ---- */

/* The byte behind the info of the run's T(i), which is the number of T(i). */
static struct piece counter(const struct shape *shape, unsigned i)
{
    static const uint8_t counters[HKDF_MAX_DIGESTS] = {1, 2, 3, 4, 5};
    return shape->parts & PRF_GOES_ON
               ? RECORD_NUMBER(1, n_expanded, (uint16_t)(i + 1))
               : (struct piece){.text = &counters[i], .place = {.piece = PIECE_TEXT, .len = 1}};
}

/* Lists info and counter. Has a function of its own, so that its part of the stack is free again when the
 * formula goes deeper. */
static int expand_message(
    struct formula *f, const struct shape *shape, const struct piece *info, unsigned n_info, unsigned i)
{
    struct piece pieces[HKDF_MAX_INFO_PIECES + 1];
    memcpy(pieces, info, n_info * sizeof(*info));
    pieces[n_info] = counter(shape, i);
    return formula_list_message(f, pieces, n_info + 1);
}

void hkdf_expand_formula(struct formula *f, const struct shape *shape, struct formula_key prk,
    const struct piece *info, unsigned n_info, struct place to)
{
    formula_value digests[HKDF_MAX_DIGESTS], t = FORMULA_NONE;
    if (shape->parts & PRF_GOES_ON) {
        t = formula_input_value(
            f, formula_list_value(f, IN_RECORD(secrets.chain, shape->hash->digest_bytes)));
    }
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        const int message = expand_message(f, shape, info, n_info, i);
        t = formula_hmac(f, prk,
            t == FORMULA_NONE ? formula_input(message, shape->n_blocks)
                              : formula_digest_then(t, message, shape->n_digest_blocks));
        digests[i] = t;
    }
    if (shape->parts & PRF_MORE) {
        formula_deliver(f, &t, 1, IN_RECORD(secrets.chain, shape->hash->digest_bytes));
    }
    formula_deliver(f, digests, shape->n_out_blocks, to);
}

/* Where hkdf_expand_formula() delivers to where it has the whole of record->out. */
static struct place expand_output(const struct shape *shape)
{
    return RECORD_SPAN(out, shape->n_out_blocks * (unsigned)shape->hash->digest_bytes);
}

/* Whether one program can have all of the output of a shape, which is that of a first run. If not, a job
 * whose secret is not prepared gets a prepared one, so that its pads are hashed once. */
static bool is_one_run(const struct shape *shape)
{
    return !(shape->parts & PRF_MORE);
}

/* ---- HKDF jobs ---- */

static const struct lanekdf_hkdf *hkdf_of(const struct record *record)
{
    return (const struct lanekdf_hkdf *)record->job;
}

static void hkdf_job_expand_shape(
    const struct record *record, const struct lanekdf_hkdf *job, struct shape *shape)
{
    uint64_t info_len = 0;
    for (size_t i = 0; i < job->n_info; i++) {
        info_len += job->info[i].len;
    }
    hkdf_expand_shape(record, info_len, record->out.len, HKDF_MAX_DIGESTS, 0, shape);
}

/* In shape.exact: the salt is empty, and so is known to the program. */
enum { WITHOUT_SALT = 1 };

/* Extract and Expand are one program where input and info have so few blocks each. Of longer ones a process
 * would have a program for every pair of lengths, and to save a task gains little beside so many
 * compressions. */
enum { SHORT_BLOCKS = 4 };

static bool extract_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_hkdf *job = hkdf_of(record);
    shape->exact = job->salt.len ? 0 : WITHOUT_SALT;
    shape_set(shape, prf_blocks(shape->hash, record->message_len), 0, 0,
        job->out.len || job->prepared_prk_out ? HKDF_KEEPS_PRK : 0);
    if (job->out.len && !job->prepared_prk_out) {
        struct shape expand = {.hash = shape->hash};
        hkdf_job_expand_shape(record, job, &expand);
        if (is_one_run(&expand) && shape->n_blocks <= SHORT_BLOCKS && expand.n_blocks <= SHORT_BLOCKS) {
            shape->then = expand.counts;
            shape->parts |= job->prk_out ? SHAPE_WANTS_SECRET : 0;
        }
    }
    return true;
}

/* RFC 5869 section 2.2. A salt of no bytes is the same as one of zeros, since a key is padded with zeros. */
static void extract_formula(struct formula *f, const struct shape *shape)
{
    const struct formula_key salt =
        shape->exact & WITHOUT_SALT
            ? formula_key_constant(NULL, 0)
            : formula_key_input(formula_list_key(f, RECORD_SPAN(keys[0], shape->hash->block_bytes)));
    const int input = FORMULA_MESSAGE(f, JOB_ARRAY(struct lanekdf_hkdf, input, n_input));
    const formula_value prk = formula_hmac(f, salt, formula_input(input, shape->n_blocks));
    if (!shape->then || shape->parts & SHAPE_WANTS_SECRET) {
        formula_deliver(
            f, &prk, 1, JOB_POINTER_IF_GIVEN(struct lanekdf_hkdf, prk_out, shape->hash->digest_bytes));
    }
    hkdf_keep_prk(f, shape, prk);
}

static bool expand_shape(const struct record *record, struct shape *shape)
{
    if (!record->out.len) {
        return false;
    }
    hkdf_job_expand_shape(record, hkdf_of(record), shape);
    return true;
}

/* RFC 5869 section 2.3 */
static void expand_formula(struct formula *f, const struct shape *shape)
{
    const struct piece info = JOB_ARRAY(struct lanekdf_hkdf, info, n_info);
    hkdf_expand_formula(f, shape, prf_secret(f, shape, 0), &info, 1, expand_output(shape));
}

static const struct derivation derivation_hkdf_expand = {
    .name = "hkdf_expand", .shape = expand_shape, .formula = expand_formula, .next = hkdf_expand_next};

static const struct derivation derivation_hkdf_extract = {.name = "hkdf_extract",
    .shape = extract_shape,
    .formula = extract_formula,
    .next = hkdf_next_after_prk,
    .followed_by = &derivation_hkdf_expand};

static const struct derivation *const extract_phases[] = {
    &derivation_secret_hash, &derivation_hkdf_extract, &derivation_hkdf_expand, NULL};

static const struct derivation *const expand_phases[] = {
    &derivation_secret_hash, &derivation_prepare, &derivation_hkdf_expand, NULL};

KIND_INLINE void hkdf_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_hkdf *hkdf = (const struct lanekdf_hkdf *)job;
    view_add_output(view, VIEW_IF_GIVEN(hkdf->prk_out, hkdf_secret_len(hkdf->hash)));
    view_add_output(view, VIEW_IF_GIVEN(hkdf->prepared_prk_out, sizeof(*hkdf->prepared_prk_out)));
    view_add_output(view, hkdf->out.data, hkdf->out.len);
    view_add_input(view, hkdf->salt.data, hkdf->salt.len);
    view_add_input(view, hkdf->prk.data, hkdf->prk.len);
    view_add_input(view, VIEW_IF_GIVEN(hkdf->prepared_prk, sizeof(*hkdf->prepared_prk)));
    view_add_pieces(view, hkdf->input, hkdf->n_input, DIGEST_MAX_MESSAGE);
    view_add_info(view, hkdf->info, hkdf->n_info, LANEKDF_MAX_SEED);
}

KIND_INLINE int hkdf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_hkdf *hkdf = (const struct lanekdf_hkdf *)job;
    const bool has_prk = hkdf->prk.len || hkdf->prepared_prk, is_extract = hkdf->flags & LANEKDF_HKDF_EXTRACT;
    (void)legacy;
    if (!hkdf_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (hkdf->flags & ~(uint32_t)LANEKDF_HKDF_EXTRACT) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (is_extract ? has_prk : hkdf->salt.len || hkdf->n_input || hkdf->prk_out || hkdf->prepared_prk_out) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (hkdf->salt.len > LANEKDF_MAX_SECRET || hkdf->prk.len > LANEKDF_MAX_SECRET ||
        hkdf->n_input > LANEKDF_MAX_PIECES || hkdf->n_info > LANEKDF_MAX_PIECES ||
        hkdf->out.len > HKDF_MAX_OUT_DIGESTS * (size_t)hash->digest_bytes ||
        !(hkdf->out.len || hkdf->prk_out || hkdf->prepared_prk_out)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return is_extract ? LANEKDF_OK : prf_check_secrets(hkdf->prk.len != 0, hkdf->prepared_prk, hkdf->hash);
}

KIND_INLINE void hkdf_choose(const struct lanekdf_job *job, struct record *record)
{
    if (!(((const struct lanekdf_hkdf *)job)->flags & LANEKDF_HKDF_EXTRACT)) {
        record->phases = expand_phases;
    }
}

KIND_INLINE void hkdf_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_hkdf *hkdf = (const struct lanekdf_hkdf *)job;
    record->out = hkdf->out;
    record->n_expanded = 0;
    if (hkdf->flags & LANEKDF_HKDF_EXTRACT) {
        record_set_secret(record, hkdf->salt.data, hkdf->salt.len);
        record->prepared_out = hkdf->prepared_prk_out ? hkdf->prepared_prk_out : &record->secrets.prepared;
        return;
    }
    struct shape shape = {.hash = record_hash(record)};
    prf_set_secret(record, hkdf->prk.data, hkdf->prk.len, hkdf->prepared_prk);
    hkdf_job_expand_shape(record, hkdf, &shape);
    record->prepared_out = hkdf->prepared_prk || is_one_run(&shape) ? NULL : &record->secrets.prepared;
}

static int hkdf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_hkdf *)job)->hash;
    return kind_begin(&kind_hkdf, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(hkdf, kind_hkdf)

#define POINTER(member) KIND_POINTER(lanekdf_hkdf, member)
const struct kind kind_hkdf = {.job_bytes = sizeof(struct lanekdf_hkdf),
    .phases = extract_phases,
    .view = hkdf_view,
    .check = hkdf_check,
    .choose = hkdf_choose,
    .fill = hkdf_fill,
    .begin = hkdf_begin,
    ROUTE_MEMBERS(hkdf),
    .optional = POINTER(prepared_prk) | POINTER(prk_out) | POINTER(prepared_prk_out),
    .buffers = POINTER(salt.data) | POINTER(prk.data) | POINTER(input) | POINTER(info) | POINTER(out.data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_hkdf, prepared_prk)},
    .pieces = {KIND_PIECES(lanekdf_hkdf, input), KIND_PIECES(lanekdf_hkdf, info)}};
#undef POINTER

/* ---- EXPAND_LABEL jobs ---- */

/*
 * A run of the phase takes the next labels whose outputs have one digest at most and whose messages have the
 * same number of blocks, or one label with a longer output, which may take several runs. record->n_done is
 * the number of labels that earlier runs are done with, and record->out is what remains of the next one.
 */

/* A flag in shape.parts: the run has one label, and an output of several digests. */
enum { ONE_LABEL = 0x10, LABEL_PIECES = 3, MOST_LABELS = 5 };
_Static_assert(ONE_LABEL &SHAPE_EXACT_PARTS, "the other runs have digests of several labels");

/* shape.exact: the prefix, and which labels of the job the run has. */
static uint32_t labels_exact(const struct lanekdf_expand_label *job, uint32_t first, uint32_t n)
{
    return hkdf_prefix_number(job->version) | first << 8 | n << 16;
}

static unsigned first_label(const struct shape *shape)
{
    return shape->exact >> 8 & 0xff;
}

static const struct lanekdf_expand_label *labels_of(const struct record *record)
{
    return (const struct lanekdf_expand_label *)record->job;
}

/* Blocks of an HkdfLabel and the byte behind it. */
static unsigned label_blocks(const struct hash *hash, const struct lanekdf_label *label)
{
    return prf_blocks(hash, hkdf_label_len(label->label.len, label->context.len) + 1);
}

static void labels_run_shape(
    const struct record *record, const struct lanekdf_expand_label *job, struct shape *shape)
{
    const struct hash *hash = shape->hash;
    const struct lanekdf_label *first = &job->labels[record->n_done];
    if (first->out.len > hash->digest_bytes) {
        shape->exact = labels_exact(job, record->n_done, 1);
        hkdf_expand_shape(record, hkdf_label_len(first->label.len, first->context.len), record->out.len,
            HKDF_MAX_DIGESTS, ONE_LABEL, shape);
        return;
    }
    const unsigned n_blocks = label_blocks(hash, first), most = 12 / n_blocks; /* PROGRAM_MAX_SLOT_BYTES */
    uint32_t n = 1;
    while (n < most && n < MOST_LABELS && record->n_done + n < job->n_labels &&
           first[n].out.len <= hash->digest_bytes && label_blocks(hash, &first[n]) == n_blocks) {
        n++;
    }
    shape->exact = labels_exact(job, record->n_done, n);
    shape_set(shape, (uint8_t)n_blocks, 0, (uint8_t)n, prf_secret_parts(record));
}

static bool labels_shape(const struct record *record, struct shape *shape)
{
    labels_run_shape(record, labels_of(record), shape);
    return true;
}

/* A piece that is there for the first label, for label i. */
static struct piece of_label(struct piece piece, unsigned i)
{
    piece.place.offset += (uint16_t)(i * sizeof(struct lanekdf_label));
    piece.place.len_at += (uint16_t)(i * sizeof(struct lanekdf_label));
    return piece;
}

/* RFC 8446 section 7.1: HkdfLabel */
static void hkdf_label_pieces(const struct shape *shape, unsigned i, struct piece pieces[LABEL_PIECES])
{
    const char *prefix = hkdf_prefix(shape->exact & 0xff);
    pieces[0] = of_label(JOB_NUMBER(2, struct lanekdf_expand_label, labels[0].out.len, 0), i);
    pieces[1] =
        of_label(JOB_VECTOR(1, struct lanekdf_expand_label, labels[0].label, prefix, PROTOCOL_PREFIX_LEN), i);
    pieces[2] = of_label(JOB_VECTOR(1, struct lanekdf_expand_label, labels[0].context, "", 0), i);
}

static void labels_formula(struct formula *f, const struct shape *shape)
{
    const unsigned first = first_label(shape);
    const struct formula_key secret = prf_secret(f, shape, 0);
    const struct place out = JOB_SPAN(struct lanekdf_expand_label, labels[0].out, shape->hash->digest_bytes);
    struct piece info[LABEL_PIECES];
    if (shape->parts & ONE_LABEL) {
        hkdf_label_pieces(shape, first, info);
        hkdf_expand_formula(f, shape, secret, info, LABEL_PIECES, expand_output(shape));
        return;
    }
    struct shape one = *shape;
    one.n_out_blocks = 1;
    for (unsigned i = first; i < first + shape->n_out_blocks; i++) {
        hkdf_label_pieces(shape, i, info);
        hkdf_expand_formula(f, &one, secret, info, LABEL_PIECES, of_label(BYTES(out), i).place);
    }
}

static bool labels_next(struct record *record, const struct shape *shape)
{
    const struct lanekdf_expand_label *job = labels_of(record);
    if (hkdf_has_more(record, shape)) {
        return true;
    }
    record->n_done += shape->parts & ONE_LABEL ? 1 : shape->n_out_blocks;
    record->n_expanded = 0;
    if (record->n_done == job->n_labels) {
        return record_next_pass(record);
    }
    record->out = job->labels[record->n_done].out;
    return true;
}

static const struct derivation derivation_labels = {
    .name = "expand_label", .shape = labels_shape, .formula = labels_formula, .next = labels_next};

static const struct derivation *const labels_phases[] = {
    &derivation_secret_hash, &derivation_prepare, &derivation_labels, NULL};

/* Labels that are there; none if there are more than the job has room for, since nobody can tell then what is
 * in it. */
static size_t labels_n(const struct lanekdf_expand_label *job)
{
    return job->n_labels <= LANEKDF_MAX_LABELS ? job->n_labels : 0;
}

KIND_INLINE void expand_label_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_expand_label *job = (const struct lanekdf_expand_label *)any;
    for (size_t i = 0; i < labels_n(job); i++) {
        view_add_output(view, job->labels[i].out.data, job->labels[i].out.len);
    }
    view_add_input(view, job->secret.data, job->secret.len);
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_secret, sizeof(*job->prepared_secret)));
    for (size_t i = 0; i < labels_n(job); i++) {
        view_add_input(view, job->labels[i].label.data, job->labels[i].label.len);
        view_add_input(view, job->labels[i].context.data, job->labels[i].context.len);
    }
}

KIND_INLINE int expand_label_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_expand_label *job = (const struct lanekdf_expand_label *)any;
    (void)legacy;
    if (!hkdf_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (!protocol_find(job->version)) {
        return LANEKDF_ERROR_VERSION;
    }
    if (!kind_is_between(job->n_labels, 1, LANEKDF_MAX_LABELS) || job->secret.len > LANEKDF_MAX_SECRET) {
        return LANEKDF_ERROR_LENGTH;
    }
    for (size_t i = 0; i < job->n_labels; i++) {
        const struct lanekdf_label *label = &job->labels[i];
        if (label->label.len > LANEKDF_MAX_LABEL || label->context.len > UINT8_MAX ||
            !kind_is_between(label->out.len, 1, HKDF_MAX_OUT_DIGESTS * (size_t)hash->digest_bytes)) {
            return LANEKDF_ERROR_LENGTH;
        }
    }
    return prf_check_secrets(job->secret.len != 0, job->prepared_secret, job->hash);
}

KIND_INLINE void expand_label_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_expand_label *job = (const struct lanekdf_expand_label *)any;
    struct shape shape = {.hash = record_hash(record)};
    record->out = job->labels[0].out;
    record->n_expanded = 0;
    prf_set_secret(record, job->secret.data, job->secret.len, job->prepared_secret);
    labels_run_shape(record, job, &shape);
    const bool is_all = is_one_run(&shape) && shape.exact >> 16 == job->n_labels;
    record->prepared_out = job->prepared_secret || is_all ? NULL : &record->secrets.prepared;
}

static int expand_label_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_expand_label *)job)->hash;
    return kind_begin(&kind_expand_label, job, hash, record, legacy);
}

const struct kind kind_expand_label = {.job_bytes = sizeof(struct lanekdf_expand_label),
    .phases = labels_phases,
    .view = expand_label_view,
    .check = expand_label_check,
    .fill = expand_label_fill,
    .begin = expand_label_begin};
