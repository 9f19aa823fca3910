/*
 * The commands. Each takes its options and returns an exit status.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "options.h"

int derive_main(const struct options *options);
int verify_main(const struct options *options);
int kdf_main(const struct options *options);
int explain_main(const struct options *options);
int selftest_main(const struct options *options);
int load_main(const struct options *options);
int info_main(const struct options *options);
int bench_main(const struct options *options);
int suites_main(const struct options *options);

#endif
