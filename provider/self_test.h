/* What OpenSSL's call for a self-test runs. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

#include <stdbool.h>

/* Whether no kernel failed at start-up, and every algorithm and digest still gives a known answer. */
bool self_test(void);

#endif
