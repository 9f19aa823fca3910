/* bench: how many handshakes per second this machine derives. */
#include "bench.h"
#include "command.h"
#include "commands.h"

int bench_main(const struct options *options)
{
    const struct bench_request request = {.seconds = options->seconds,
        .workloads = {options->workloads.values, options->workloads.n},
        .implementations = {options->implementations.values, options->implementations.n},
        .batch_sizes = {options->batch_sizes.values, options->batch_sizes.n},
        .json = options->json};

    if (!command_start(options->kernel, NULL)) {
        return COMMAND_ERROR;
    }
    return options->list ? bench_list(options->json) : bench_run(&request);
}
