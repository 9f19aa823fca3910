/* What is derived: a workload of the benchmark, or classes of handshakes and connections with their weights.
 */
#ifndef MIX_H
#define MIX_H

#include "workload.h"

enum { POOL_MAX_PARTS = 8, MIX_MAX_CLASSES = 256 };

/* A class: one of the two, by whether the connection has stages. */
struct mix_class {
    double weight;
    struct handshake handshake;
    struct connection connection;
};

/* A mix of items, of which each belongs to a part. The items of a part are those of its workload, from 0 on.
 */
struct mix {
    const char *name;
    size_t n; /* items of a pool */
    const struct workload *parts[POOL_MAX_PARTS];
    size_t n_parts;
    uint8_t *part_of; /* n of them; NULL: all are of part 0 */
};

/* The mix of a workload. */
struct mix mix_of_workload(const struct workload *workload);

/* The mix of n classes, whose weights have a sum above 0; once in a program. Returns NULL, or what is wrong
 * with the classes. */
const char *mix_of_classes(const char *name, const struct mix_class *classes, size_t n, struct mix *mix);

#endif
