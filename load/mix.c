#include "mix.h"

#include "mixes.h"
#include "peers_support.h"

#include <math.h>
#include <string.h>

enum { N_UNIFORM = 256, N_MIXED = 1024 };

/* --- classes --- */

/* A part of the mix of classes: items of one hash, and either connections, or handshakes with a PRF, or those
 * of SSLv3, which have none. Implementations are prepared for such. */
static struct part {
    struct workload workload;
    const struct mix_class *classes[MAX_BATCH]; /* the class of each of n items, in the order of the pool */
    size_t n;
    struct workload_recording recording;
} *all_parts;
static const struct part *dealt_part; /* the one whose items are made just now */

static bool is_connection(const struct mix_class *class)
{
    return class->connection.stages != 0;
}

static bool is_of_part(const struct mix_class *class, const struct workload *workload)
{
    if (is_connection(class) || workload_has_connections(workload)) {
        return is_connection(class) && workload_has_connections(workload) &&
               class->connection.hash == workload->connection.hash;
    }
    return class->handshake.hash == workload->handshake.hash &&
           (class->handshake.version == LANEKDF_SSL3) == (workload->handshake.version == LANEKDF_SSL3);
}

static void deal_handshakes(struct handshake handshakes[MAX_BATCH])
{
    for (size_t i = 0; i < MAX_BATCH; i++) {
        handshakes[i] = dealt_part->classes[i % dealt_part->n]->handshake;
    }
}

static void deal_connections(struct connection connections[MAX_BATCH])
{
    for (size_t i = 0; i < MAX_BATCH; i++) {
        connections[i] = dealt_part->classes[i % dealt_part->n]->connection;
    }
}

/* The part of a class, made when its first class is met. Returns the number of parts if there are too many.
 */
static size_t part_of(const struct mix_class *class, size_t *n_parts)
{
    size_t i = 0;
    while (i < *n_parts && !is_of_part(class, &all_parts[i].workload)) {
        i++;
    }
    if (i == *n_parts && i < POOL_MAX_PARTS) {
        struct workload *workload = &all_parts[(*n_parts)++].workload;
        *workload = (struct workload){.name = "mix", .description = "classes"};
        workload->connection = class->connection;
        workload->handshake = class->handshake;
    }
    return i;
}

static void shuffle(const struct mix_class **items, size_t n)
{
    uint64_t random = 22;
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)(peers_random(&random) % i);
        const struct mix_class *other = items[k];
        items[k] = items[i - 1];
        items[i - 1] = other;
    }
}

/* Deals n_items out to classes by their weights, in random order: as many as nearly as whole numbers can be
 * (by largest remainders), not as chance has it. Returns false if a class with a weight got none. */
static bool deal_by_weight(
    const struct mix_class *classes, size_t n, double sum, const struct mix_class **items, size_t n_items)
{
    double wanted[MIX_MAX_CLASSES];
    size_t n_dealt = 0;
    bool has_all = true;
    for (size_t i = 0; i < n; i++) {
        wanted[i] = classes[i].weight / sum * (double)n_items;
        for (double whole = floor(wanted[i]); whole > 0 && n_dealt < n_items; whole--) {
            items[n_dealt++] = &classes[i];
            wanted[i]--;
        }
    }
    while (n_dealt < n_items) {
        size_t most = 0;
        for (size_t i = 1; i < n; i++) {
            most = wanted[i] > wanted[most] ? i : most;
        }
        items[n_dealt++] = &classes[most];
        wanted[most]--;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_items && items[k] != &classes[i]) {
            k++;
        }
        has_all = has_all && (k < n_items || classes[i].weight <= 0);
    }
    shuffle(items, n_items);
    return has_all;
}

static double sum_of_weights(const struct mix_class *classes, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += classes[i].weight;
    }
    return sum;
}

/* A part whose items are all alike is a workload without deal(). */
static void finish_part(struct part *part)
{
    bool is_mix = false;
    for (size_t i = 1; i < part->n; i++) {
        is_mix = is_mix || part->classes[i] != part->classes[0];
        part->workload.connection.stages |= part->classes[i]->connection.stages;
    }
    if (is_mix && workload_has_connections(&part->workload)) {
        part->workload.deal_connections = deal_connections;
    } else if (is_mix) {
        part->workload.deal = deal_handshakes;
    }
    dealt_part = part;
    (void)workload_batch_of(&part->workload, 0, 0, NULL); /* which makes the items */
}

/* Begins a mix of n items, which have no parts yet. */
static void begin_mix(struct mix *mix, const char *name, size_t n)
{
    all_parts = peers_alloc(POOL_MAX_PARTS * sizeof(*all_parts));
    *mix = (struct mix){.name = name, .n = n, .part_of = peers_alloc(n)};
}

/* Adds item i to the part of its class. Returns false if there are too many parts. */
static bool add_item(struct mix *mix, size_t i, const struct mix_class *class)
{
    const size_t part = part_of(class, &mix->n_parts);
    if (part == POOL_MAX_PARTS) {
        return false;
    }
    all_parts[part].classes[all_parts[part].n++] = class;
    mix->part_of[i] = (uint8_t)part;
    return true;
}

static void finish_mix(struct mix *mix)
{
    for (size_t i = 0; i < mix->n_parts; i++) {
        finish_part(&all_parts[i]);
        mix->parts[i] = &all_parts[i].workload;
    }
}

/* The items of a pool. What is sorted comes whole: the first items of it would all be alike. */
static size_t n_items_of(const struct workload *workload)
{
    if (workload->deal == mixes_deal_all_sorted) {
        return MAX_BATCH;
    }
    if (workload->deal_connections == mixes_deal_stages_sorted) {
        return STAGES_POPULATION;
    }
    return workload_is_mix(workload) ? N_MIXED : N_UNIFORM;
}

/* Implementations are prepared for items of one hash: a workload that has several becomes a class for each of
 * its items. */
static struct mix mix_of_hashes(const struct workload *workload)
{
    const size_t n = n_items_of(workload);
    const struct workload_batch items = workload_batch_of(workload, 0, n, NULL);
    struct mix_class *classes = peers_alloc(n * sizeof(*classes));
    struct mix mix;
    begin_mix(&mix, workload->name, n);
    for (size_t i = 0; i < n; i++) {
        if (workload_has_connections(workload)) {
            classes[i].connection = items.connections[i];
        } else {
            classes[i].handshake = items.handshakes[i];
        }
        if (!add_item(&mix, i, &classes[i])) {
            peers_fail("%s: mix.c has room for %d parts", workload->name, POOL_MAX_PARTS);
        }
    }
    finish_mix(&mix);
    return mix;
}

struct mix mix_of_workload(const struct workload *workload)
{
    if (workload_is_mix(workload) && workload_hash(workload) == 0) {
        return mix_of_hashes(workload);
    }
    return (struct mix){.name = workload->name, .n = n_items_of(workload), .parts = {workload}, .n_parts = 1};
}

static const char too_many_parts[] =
    "too many sorts of classes: at most 8 hashes, each counted for handshakes and connections";

const char *mix_of_classes(const char *name, const struct mix_class *classes, size_t n, struct mix *mix)
{
    static const struct mix_class *items[N_MIXED];
    const double sum = sum_of_weights(classes, n);
    if (isinf(sum)) {
        return "the weights of all classes have a sum beyond all numbers";
    }
    if (!(sum > 0)) {
        return "the weights of all classes have the sum 0";
    }
    begin_mix(mix, name, n > 1 ? N_MIXED : N_UNIFORM);
    if (!deal_by_weight(classes, n, sum, items, mix->n)) {
        return "the weight of a class is so small a part of all that none of 1,024 handshakes is of it";
    }
    for (size_t i = 0; i < mix->n; i++) {
        if (!add_item(mix, i, items[i])) {
            return too_many_parts;
        }
    }
    finish_mix(mix);
    return NULL;
}

/* --- sessions --- */

/* The sessions of the items of a part, in their order: the sessions of the mix come again and again. */
static const struct mix_session **sessions_of_part(
    const struct mix *mix, size_t number, const struct mix_session *sessions, size_t n)
{
    const struct mix_session **found = peers_alloc(all_parts[number].n * sizeof(*found));
    size_t k = 0;
    for (size_t i = 0; i < mix->n; i++) {
        if (mix->part_of[i] == number) {
            found[k++] = &sessions[i % n];
        }
    }
    return found;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A recording with what recorded_connection.h is for: each item has room for the one that needs most. */
static struct workload_recording recording_of(
    const struct workload *workload, const struct mix_session *const *sessions, size_t n)
{
    const size_t common_len = workload_common_output_len(workload);
    size_t inputs_len = 1, outputs_len = 0;
    for (size_t k = 0; k < n; k++) {
        inputs_len = larger(inputs_len, recorded_inputs_len(&sessions[k]->recorded));
        outputs_len = larger(outputs_len, recorded_outputs_len(&sessions[k]->recorded));
    }
    struct recorded_connection *recorded = peers_alloc(n * sizeof(*recorded));
    uint8_t *inputs = peers_alloc(n * inputs_len), *answers = peers_alloc(n * (common_len + outputs_len));
    for (size_t k = 0; k < n; k++) {
        recorded[k] = sessions[k]->recorded;
        memcpy(inputs + k * inputs_len, sessions[k]->recorded_inputs, inputs_len);
        memcpy(answers + k * common_len,
            workload_has_connections(workload) ? (const void *)&sessions[k]->connection_answers
                                               : (const void *)&sessions[k]->answers,
            common_len);
        memcpy(answers + n * common_len + k * outputs_len, sessions[k]->recorded_answers, outputs_len);
    }
    return (struct workload_recording){.n = n,
        .recorded = recorded,
        .recorded_inputs = inputs,
        .recorded_inputs_len = inputs_len,
        .recorded_outputs_len = outputs_len,
        .answers = answers};
}

static void add_handshakes(
    struct workload_recording *recording, const struct mix_session *const *sessions, size_t n)
{
    struct handshake_inputs *inputs = peers_alloc(n * sizeof(*inputs));
    uint8_t(*long_pre_masters)[RECORDED_MAX_PRE_MASTER_LEN] = peers_alloc(n * sizeof(*long_pre_masters));
    for (size_t k = 0; k < n; k++) {
        inputs[k] = sessions[k]->inputs;
        memcpy(long_pre_masters[k], sessions[k]->long_pre_master, sizeof(*long_pre_masters));
    }
    recording->inputs = inputs;
    recording->long_pre_masters = long_pre_masters[0];
}

static void add_connections(
    struct workload_recording *recording, const struct mix_session *const *sessions, size_t n)
{
    struct connection_inputs *inputs = peers_alloc(n * sizeof(*inputs));
    for (size_t k = 0; k < n; k++) {
        inputs[k] = sessions[k]->connection_inputs;
    }
    recording->connection_inputs = inputs;
}

/* Gives a part the inputs and answers of its items. */
static void record_part(const struct mix *mix, size_t number, const struct mix_session *sessions, size_t n)
{
    struct part *part = &all_parts[number];
    const struct mix_session **items = sessions_of_part(mix, number, sessions, n);
    part->recording = recording_of(&part->workload, items, part->n);
    if (workload_has_connections(&part->workload)) {
        add_connections(&part->recording, items, part->n);
    } else {
        add_handshakes(&part->recording, items, part->n);
    }
    part->workload.recording = &part->recording;
}

const char *mix_of_sessions(const char *name, const struct mix_session *sessions, size_t n, struct mix *mix)
{
    begin_mix(mix, name, n * ((N_UNIFORM + n - 1) / n));
    for (size_t i = 0; i < mix->n; i++) {
        if (!add_item(mix, i, &sessions[i % n].class)) {
            return too_many_parts;
        }
    }
    for (size_t i = 0; i < mix->n_parts; i++) {
        record_part(mix, i, sessions, n);
    }
    finish_mix(mix);
    return NULL;
}
