#include "pool.h"

#include "impl.h"
#include "peers_support.h"

#include <string.h>

/* --- making --- */

static const void *copied(const void *from, size_t bytes)
{
    return from ? memcpy(peers_alloc(bytes), from, bytes) : NULL;
}

/* Memory that the calling thread touches first lies near to it. */
static void copy_inputs(struct workload_batch *batch)
{
    batch->handshakes = copied(batch->handshakes, batch->n * sizeof(*batch->handshakes));
    batch->inputs = copied(batch->inputs, batch->n * sizeof(*batch->inputs));
    batch->connections = copied(batch->connections, batch->n * sizeof(*batch->connections));
    batch->connection_inputs = copied(batch->connection_inputs, batch->n * sizeof(*batch->connection_inputs));
    batch->recorded = copied(batch->recorded, batch->n * sizeof(*batch->recorded));
    batch->recorded_inputs = copied(batch->recorded_inputs, batch->n * batch->recorded_inputs_len);
}

/* The outputs that are right: those of the reference, over the same poison, since what an item does not want
 * stays as it was. Recorded sessions have outputs already, which shows that their inputs are what they were.
 */
static uint8_t *new_expected(const struct workload *workload, size_t n)
{
    uint8_t *outputs = peers_alloc(n * workload_output_len(workload));
    const struct impl *judge = impl_judge(workload);
    struct workload_batch batch = workload_batch_of(workload, 0, n, outputs);
    memset(outputs, MIX_POISON, n * workload_output_len(workload));
    judge->derive(judge->prepare(judge, &batch, n), 0, n);
    if (workload->recording &&
        memcmp(outputs, workload->recording->answers, n * workload_output_len(workload)) != 0) {
        peers_fail("recorded sessions: the reference derives other outputs than they have");
    }
    return outputs;
}

/* All workers compare with the same ones. */
static uint8_t *expected_of(const struct workload *workload, size_t n)
{
    static struct {
        const struct workload *workload;
        uint8_t *outputs;
    } known[POOL_MAX_PARTS];
    size_t i = 0;
    while (i < POOL_MAX_PARTS && known[i].workload && known[i].workload != workload) {
        i++;
    }
    if (i == POOL_MAX_PARTS) {
        peers_fail("%s: pool.c has room for %d workloads", workload->name, POOL_MAX_PARTS);
    }
    if (!known[i].workload) {
        known[i].workload = workload;
        known[i].outputs = new_expected(workload, n);
    }
    return known[i].outputs;
}

static size_t *count_before(const struct mix *mix, size_t part)
{
    size_t *n_before = peers_alloc((mix->n + 1) * sizeof(*n_before));
    for (size_t i = 0; i < mix->n; i++) {
        n_before[i + 1] = n_before[i] + ((mix->part_of ? mix->part_of[i] : 0) == part);
    }
    return n_before;
}

struct pool *pool_new(const struct mix *mix, unsigned worker)
{
    struct pool *pool = peers_alloc(sizeof(*pool));
    pool->n = mix->n;
    pool->n_parts = mix->n_parts;
    pool->part_of = mix->part_of;
    for (size_t i = 0; i < mix->n_parts; i++) {
        struct pool_part *part = &pool->parts[i];
        const struct workload *workload = mix->parts[i];
        part->n_before = count_before(mix, i);
        const size_t n = part->n_before[mix->n];
        part->batch = workload_batch_of(workload, 0, n, peers_alloc(n * workload_output_len(workload)));
        part->batch.worker = worker;
        if (worker != 0) {
            copy_inputs(&part->batch);
        }
        part->expected = expected_of(workload, n);
    }
    return pool;
}

/* --- outputs --- */

/* All bytes of the outputs of an item lie in two areas: those that every item has, and those that only
 * recorded connections have (recorded_connection.h). */
enum area { AREA_COMMON, AREA_RECORDED, N_AREAS };

static size_t area_len(const struct pool_part *part, enum area area)
{
    const struct workload *workload = part->batch.workload;
    return area == AREA_COMMON ? workload_common_output_len(workload)
                               : workload_recorded_output_len(workload);
}

/* The area of item i in memory that is laid out as the outputs of the part. */
static uint8_t *area_of(const struct pool_part *part, uint8_t *outputs, enum area area, size_t i)
{
    const size_t before = area == AREA_COMMON ? 0 : part->batch.n * area_len(part, AREA_COMMON);
    return outputs + before + i * area_len(part, area);
}

static uint8_t *outputs_of(const struct pool_part *part, enum area area, size_t i)
{
    return area_of(part, workload_batch_outputs(&part->batch), area, i);
}

void pool_poison(struct pool *pool, size_t first, size_t n)
{
    for (size_t i = 0; i < pool->n_parts; i++) {
        struct pool_part *part = &pool->parts[i];
        size_t first_of_part;
        const size_t n_of_part = pool_window(pool, i, first, n, &first_of_part);
        for (enum area area = 0; area < N_AREAS; area++) {
            memset(outputs_of(part, area, first_of_part), MIX_POISON, n_of_part * area_len(part, area));
        }
    }
}

/* The part of an item, and *i, its number there. */
static const struct pool_part *find(const struct pool *pool, size_t item, size_t *i)
{
    size_t part = 0;
    while (pool_window(pool, part, item, 1, i) == 0) {
        part++;
    }
    return &pool->parts[part];
}

static const struct field {
    const char *name;
    size_t at, len;
} handshake_fields[] =
    {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
        #name, offsetof(struct handshake_outputs, name), sizeof(((struct handshake_outputs *)0)->name)       \
    }
        FIELD(master),
        FIELD(client_verify_data),
        FIELD(server_verify_data),
        FIELD(key_block),
        FIELD(final_keys),
#undef FIELD
},
  connection_fields[] = {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
        #name, offsetof(struct connection_outputs, name), sizeof(((struct connection_outputs *)0)->name)     \
    }
      FIELD(initial_keys),
      FIELD(binder),
      FIELD(handshake_salt),
      FIELD(handshake_traffic_secret),
      FIELD(handshake_keys),
      FIELD(master_secret),
      FIELD(verify_data),
      FIELD(application_traffic_secret),
      FIELD(application_keys),
      FIELD(exporter_master_secret),
      FIELD(resumption_master_secret),
      FIELD(psk),
      FIELD(next_secret),
      FIELD(next_keys),
      FIELD(keying_material),
#undef FIELD
};
enum {
    N_HANDSHAKE_FIELDS = sizeof(handshake_fields) / sizeof(*handshake_fields),
    N_CONNECTION_FIELDS = sizeof(connection_fields) / sizeof(*connection_fields)
};

/* The same of what only recorded connections have. */
static bool has_right_recorded(const struct pool_part *part, size_t i, const char **field)
{
    const uint8_t *outputs = outputs_of(part, AREA_RECORDED, i);
    const uint8_t *expected = area_of(part, part->expected, AREA_RECORDED, i);
    for (size_t at = 0; at < area_len(part, AREA_RECORDED); at++) {
        if (outputs[at] != expected[at]) {
            *field = recorded_output_name(&part->batch.recorded[i], at);
            return false;
        }
    }
    return true;
}

bool pool_is_right(const struct pool *pool, size_t item, const char **field)
{
    size_t i;
    const struct pool_part *part = find(pool, item, &i);
    const bool has_connections = workload_has_connections(part->batch.workload);
    const struct field *fields = has_connections ? connection_fields : handshake_fields;
    const size_t n = has_connections ? N_CONNECTION_FIELDS : N_HANDSHAKE_FIELDS;
    const uint8_t *outputs = outputs_of(part, AREA_COMMON, i);
    const uint8_t *expected = area_of(part, part->expected, AREA_COMMON, i);
    for (size_t k = 0; k < n; k++) {
        if (memcmp(outputs + fields[k].at, expected + fields[k].at, fields[k].len) != 0) {
            *field = fields[k].name;
            return false;
        }
    }
    return has_right_recorded(part, i, field);
}

/* The first byte that the reference derived or, of every other 64 items, of what only recorded connections
 * have. */
void pool_flip(struct pool *pool, size_t item)
{
    size_t i, at = 0;
    const struct pool_part *part = find(pool, item, &i);
    const bool has_recorded = part->batch.recorded && recorded_outputs_len(&part->batch.recorded[i]) > 0;
    const enum area area = has_recorded && i / 64 % 2 == 1 ? AREA_RECORDED : AREA_COMMON;
    const uint8_t *expected = area_of(part, part->expected, area, i);
    while (at + 1 < area_len(part, area) && expected[at] == MIX_POISON) {
        at++;
    }
    outputs_of(part, area, i)[at] ^= 1;
}
