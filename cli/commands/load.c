/* load: which rate of handshakes this machine carries, at which latency. */
#include "commands.h"
#include "load_main.h"

int load_main(const struct options *options)
{
    return load_main_run((int)options->n_files, options->files);
}
