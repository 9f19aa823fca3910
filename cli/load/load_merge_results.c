#include "load_merge_parts.h"

#include "load_json.h"
#include "output.h"

#include <math.h>
#include <string.h>

static void put_string(struct output *out, const char *before, const char *value)
{
    output_text(out, before);
    output_json_string(out, value, strlen(value));
}

/* The configuration, as it stands in all files, and the machines. */
static void put_run(struct output *out, const struct load_merge *merge)
{
    for (enum load_merge_field field = 0; field < FIRST_OTHER; field++) {
        if (merge->common[field][0] != '\0') {
            output_format(out, ",\"%s\":%s", load_merge_fields[field], merge->common[field]);
        }
    }
    output_text(out, ",\"machines\":[");
    for (size_t i = 0; i < merge->n_machines; i++) {
        const struct machine *machine = &merge->machines[i];
        put_string(out, i > 0 ? ",{\"file\":" : "{\"file\":", machine->file);
        put_string(out, ",\"host\":", machine->host);
        put_string(out, ",\"cpu\":", machine->cpu);
        put_string(out, ",\"run\":", machine->run);
        output_text(out, "}");
    }
    output_text(out, "]");
}

/* Rates of machines that did not work at the same time are left out, as they are no rate of anything. */
static void put_point(struct load_json *json, const struct merged_point *point)
{
    const bool is_together = load_merge_is_together(point);
    const struct load_json_row row = {.engine = point->engine,
        .kind = point->kind,
        .load = point->load,
        .offered = is_together ? point->offered_sum : NAN,
        .rate = is_together ? point->rate_sum : NAN,
        .begin = point->last_begin,
        .end = point->first_end};
    load_json_merged_point(json, &row, &point->tally);
}

bool load_merge_write(const struct load_merge *merge, const char *name)
{
    struct load_json *json = load_json_open_merged(name);
    if (!json) {
        return false;
    }
    put_run(load_json_output(json), merge);
    load_json_end_merged(json);
    for (size_t i = 0; i < merge->n_points; i++) {
        put_point(json, merge->points[i]);
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        const struct merged_search *search = &merge->searches[i];
        const struct load_json_search_row row = {.engine = search->engine,
            .objectives = search->objectives,
            .least_ns = search->least_ns,
            .has_passed = search->n_passed == search->n,
            .n_verified = search->n_verified,
            .n_wrong = search->n_wrong};
        load_json_merged_search(json, &row);
    }
    load_json_end(json, merge->n_verified, merge->n_wrong);
    return load_json_close(json);
}
