#include "mix.h"

#include "peers_support.h"

#include <string.h>

enum { N_UNIFORM = 256, N_MIXED = 1024 };

struct mix mix_of_workload(const struct workload *workload)
{
    return (struct mix){.name = workload->name,
        .n = workload_is_mix(workload) ? N_MIXED : N_UNIFORM,
        .parts = {workload},
        .n_parts = 1};
}

/* --- classes --- */

/* A part of the mix of classes: items of one hash, and either handshakes or connections. Implementations are
 * prepared for such. */
static struct part {
    struct workload workload;
    const struct mix_class *classes[N_MIXED]; /* the class of each of n items, in the order of the pool */
    size_t n;
} *all_parts;
static const struct part *dealt_part; /* the one whose items are made just now */

static bool is_connection(const struct mix_class *class)
{
    return class->connection.stages != 0;
}

static unsigned hash_of(const struct mix_class *class)
{
    return is_connection(class) ? class->connection.hash : class->handshake.hash;
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
    while (i < *n_parts && (workload_hash(&all_parts[i].workload) != hash_of(class) ||
                               workload_has_connections(&all_parts[i].workload) != is_connection(class))) {
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

static const struct mix_class *draw(const struct mix_class *classes, size_t n, double sum, uint64_t *random)
{
    double rest = (double)(peers_random(random) >> 11) * 0x1p-53 * sum;
    size_t i = 0;
    while (i + 1 < n && (rest >= classes[i].weight || classes[i].weight <= 0)) {
        rest -= classes[i++].weight;
    }
    return &classes[i];
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

const char *mix_of_classes(const char *name, const struct mix_class *classes, size_t n, struct mix *mix)
{
    const double sum = sum_of_weights(classes, n);
    uint64_t random = 22;
    if (!(sum > 0)) {
        return "the weights of all classes have the sum 0";
    }
    all_parts = peers_alloc(POOL_MAX_PARTS * sizeof(*all_parts));
    *mix = (struct mix){.name = name, .n = n > 1 ? N_MIXED : N_UNIFORM, .part_of = peers_alloc(N_MIXED)};
    for (size_t i = 0; i < mix->n; i++) {
        const struct mix_class *class = draw(classes, n, sum, &random);
        const size_t part = part_of(class, &mix->n_parts);
        if (part == POOL_MAX_PARTS) {
            return "too many sorts of classes: at most 8 hashes, each counted for handshakes and connections";
        }
        all_parts[part].classes[all_parts[part].n++] = class;
        mix->part_of[i] = (uint8_t)part;
    }
    for (size_t i = 0; i < mix->n_parts; i++) {
        finish_part(&all_parts[i]);
        mix->parts[i] = &all_parts[i].workload;
    }
    return NULL;
}
