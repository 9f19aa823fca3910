#include "load_list.h"

#include "command.h"
#include "load_engine.h"
#include "text_row.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 26 };

static void put_workloads(const struct workload *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text_row_put(list[i].name, COLUMN, list[i].description);
    }
}

static void put_engine(const struct load_engine_row *row)
{
    struct load_engine engine;
    const char *missing =
        load_engine_parse(row->name, strlen(row->name), &engine) ? load_engine_missing(&engine) : NULL;
    text_row_put(row->name, COLUMN, missing ? missing : row->description);
}

int load_list_put(void)
{
    printf("Engines:\n");
    for (size_t i = 0; load_engine_row(i); i++) {
        put_engine(load_engine_row(i));
    }
    text_row_put("null", COLUMN, "nothing: what the loop takes by itself");
    text_row_put("fixed:TIME", COLUMN, "each handshake takes TIME");
    text_row_put(
        "fixed:TIME+TIME", COLUMN, "a call takes the first time, and each of its handshakes the second");
    text_row_put("stall:TIME/PERIOD", COLUMN, "the loop stands still for TIME, once in each PERIOD");
    text_row_put("flip:ENGINE", COLUMN, "ENGINE with bits turned over, which verification has to find");
    text_row_put("flip-once:ENGINE", COLUMN, "the same until the first of them is found");
    printf("\nWorkloads, for --mix:\n");
    put_workloads(workloads, n_workloads);
    put_workloads(connection_workloads, n_connection_workloads);
    put_workloads(stage_workloads, n_stage_workloads);
    return COMMAND_OK;
}
