#include "bench_plan.h"

#include "command.h"
#include "peers_support.h"

int bench_run(const struct bench_request *request)
{
    peers_end_with(command_die);
    struct bench_plan plan;
    if (!bench_plan_choose(&plan, request)) {
        return COMMAND_ERROR;
    }
    bench_plan_measure(&plan);
    if (request->json) {
        return bench_json_put(&plan) ? COMMAND_OK : COMMAND_ERROR;
    }
    bench_text_put(&plan);
    return COMMAND_OK;
}

int bench_list(bool json)
{
    if (json) {
        return bench_json_put_list() ? COMMAND_OK : COMMAND_ERROR;
    }
    bench_text_put_list();
    return COMMAND_OK;
}
