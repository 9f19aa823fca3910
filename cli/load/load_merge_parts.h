/* What the parts of merge share: what was read of all files, and how fields are read. */
#ifndef LOAD_MERGE_PARTS_H
#define LOAD_MERGE_PARTS_H

#include "json.h"
#include "load_merge.h"
#include "load_table.h"

/* What merge reads of a file of results: lanekdf-load(1) has the fields. Those before FIRST_OTHER are what
 * all runs must have in common. */
enum load_merge_field {
    SCHEMA,
    LANEKDF,
    LIBRARIES,
    CLASSES,
    LEFT_OUT,
    CLOCK,
    WAIT,
    KERNEL,
    MIX,
    MIX_CONTENTS,
    ARRIVALS,
    BURST,
    ON_NS,
    OFF_NS,
    TRACE_LENGTH,
    TRACE_CONTENTS,
    AROUND_NS,
    BEFORE_NS,
    PER_LOOP_NS,
    FOOTPRINT,
    GROUP,
    ACCEPT,
    HOLD_N,
    HOLD_NS,
    VERIFY,
    THREADS,
    SLICES, /* of a run, a number; of a point, not read */
    SAMPLES,
    FIRST_OTHER,
    TYPE = FIRST_OTHER,
    RUN,
    HOST,
    CPU,
    LINES,
    ENGINE,
    KIND,
    LOAD,
    OFFERED,
    RATE,
    BEGIN,
    END,
    N_SLICES,
    ELAPSED_NS,
    SCHEDULED_NS,
    BUSY_NS,
    VERIFIED,
    WRONG,
    RETAKEN,
    GAPS,
    GAPS_NS,
    LONGEST_GAP_NS,
    SWITCHES,
    OVERLOADED,
    GIVEN_UP,
    OBJECTIVES,
    LEAST_NS,
    PASSED,
    LATENCY,
    LATENCY_COUNTS,
    KEYS,
    KEYS_COUNTS,
    CALLS,
    N_FIELDS
};
extern const char *const load_merge_fields[N_FIELDS];

/* A run, which one file holds. */
struct machine {
    const char *file;
    char *run, *host, *cpu;
    bool shares_host; /* other runs are of that host as well */
};

/* What one machine has of a point. */
struct share {
    const struct machine *machine;
    struct load_table_row row;
};

/* A point of all files. Those rates of one engine that were asked for are told apart by the share of capacity
 * or, where there is none, by the rate. A search has one point of each kind, and machines that searched by
 * themselves have found other rates. */
struct merged_point {
    char *engine, *kind;
    double load; /* 0 where it is another one for each machine */
    double offered;
    struct tally tally;
    double offered_sum, rate_sum;
    double last_begin, first_end, longest; /* seconds since 1970; seconds that one machine was at it */
    struct share *shares;                  /* of each file */
    size_t n_shares;
};

/* Whether all machines were at it at one moment. */
static inline bool load_merge_is_together(const struct merged_point *point)
{
    return point->last_begin < point->first_end;
}

/* The part of the time in which all were, of what the machine that took longest took. */
static inline double load_merge_overlap(const struct merged_point *point)
{
    return point->longest > 0 ? (point->first_end - point->last_begin) / point->longest : 1;
}

/* A search of an engine. */
struct merged_search {
    char *engine;
    char *objectives; /* as they stand in the files */
    double least_ns;  /* of a handshake that meets no other; the longest of all machines */
    size_t n, n_passed;
    uint64_t n_verified, n_wrong; /* outputs of all slices */
};

struct load_merge {
    json_reader *reader;
    struct json_fields fields;
    struct machine *machines;
    size_t n_machines;
    char *common[FIRST_OTHER]; /* as the first file has them */
    struct merged_point **points;
    size_t n_points;
    struct merged_search searches[LOAD_MAX_ENGINES];
    size_t n_searches;
    uint64_t n_verified, n_wrong; /* outputs of all engines, behind the runs */
    /* Of the file that is being read: */
    const char *file;
    uint64_t line;
    bool is_ended;
    struct tally tally; /* of the point that is being read */
};

/* Says what is wrong with the line that is read. Returns false. */
__attribute__((format(printf, 2, 3))) bool load_merge_complain(
    const struct load_merge *merge, const char *format, ...);

/* A copy of a text of others without what a terminal would obey: output_shown_escape() says how. The caller
 * gives it back to memory.h. */
char *load_merge_shown(const char *text, size_t len);

/* Such a copy of a field as it stands in the line, or of a string; the empty string where there is none. */
char *load_merge_text_of(struct load_merge *merge, enum load_merge_field field);
char *load_merge_string_of(const struct load_merge *merge, enum load_merge_field field);

/* These read a field. They return false if it is something else, which was said. */
bool load_merge_number(struct load_merge *merge, enum load_merge_field field, double *number);
bool load_merge_count(struct load_merge *merge, enum load_merge_field field, uint64_t *count);
/* How many outputs were compared, and how many of these were wrong. */
bool load_merge_verified(struct load_merge *merge, uint64_t *n_verified, uint64_t *n_wrong);
bool load_merge_histogram(struct load_merge *merge, enum load_merge_field sums, enum load_merge_field steps,
    struct histogram *histogram);
bool load_merge_calls(struct load_merge *merge, struct tally *tally);

#endif
