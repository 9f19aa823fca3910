/* What is derived: a workload of the benchmark, classes of handshakes and connections with their weights, or
 * recorded sessions. */
#ifndef MIX_H
#define MIX_H

#include "workload.h"

enum {
    POOL_MAX_PARTS = 8,
    MIX_MAX_CLASSES = 256,
    MIX_MAX_SESSIONS = MAX_BATCH,
    MIX_POISON = 0xa5 /* each byte of outputs that were not derived */
};

/* A class: one of the two, by whether the connection has stages. */
struct mix_class {
    double weight;
    struct handshake handshake;
    struct connection connection;
};

/* A session: a class of its own, with inputs and answers of a handshake or a connection, as its class is. The
 * answers have MIX_POISON where nothing is derived; memory of recorded_connection is 0 where it has nothing.
 */
struct mix_session {
    struct mix_class class;
    union {
        struct {
            struct handshake_inputs inputs;
            uint8_t long_pre_master[RECORDED_MAX_PRE_MASTER_LEN];
            struct handshake_outputs answers;
        };
        struct {
            struct connection_inputs connection_inputs;
            struct connection_outputs connection_answers;
        };
    };
    struct recorded_connection recorded;
    uint8_t recorded_inputs[RECORDED_MAX_INPUTS_LEN], recorded_answers[RECORDED_MAX_OUTPUTS_LEN];
};

/* A mix of items, of which each belongs to a part. The items of a part are those of its workload, from 0 on.
 */
struct mix {
    const char *name;
    size_t n; /* items of a pool */
    const struct workload *parts[POOL_MAX_PARTS];
    size_t n_parts;
    uint8_t *part_of; /* n of them; NULL: all are of part 0 */
    /* Of a file: a digest of what is in it, and its classes as the text of a JSON array. They are borrowed,
     * and NULL where there are none. */
    const char *contents, *classes;
};

/* The mix of a workload. */
struct mix mix_of_workload(const struct workload *workload);

/* The mix of n classes, whose weights have a finite sum above 0; once in a program. Returns NULL, or what is
 * wrong with the classes. */
const char *mix_of_classes(const char *name, const struct mix_class *classes, size_t n, struct mix *mix);

/* The mix of n recorded handshakes, from 1 to MIX_MAX_SESSIONS; once in a program. They come in their order,
 * and again if they are few. Returns NULL, or what is wrong with them. */
const char *mix_of_sessions(const char *name, const struct mix_session *sessions, size_t n, struct mix *mix);

#endif
