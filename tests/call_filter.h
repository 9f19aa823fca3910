/* Filters that refuse calls of the system to the process that sets them (seccomp). For tests with cmocka. */
#ifndef CALL_FILTER_H
#define CALL_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "emulated.h"

/* Skips the running test where a filter cannot be set, or would refuse more than the test's own calls. */
static inline void need_call_filter(void)
{
    if (is_emulated()) {
        puts("skipped: the filter would refuse the calls of the emulator");
        skip();
    }
    if (prctl(PR_GET_SECCOMP) < 0) {
        puts("skipped: this system has no seccomp");
        skip();
    }
}

/* The instruction that a filter begins with, which loads the number of the call. */
#define LOAD_CALL BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))

/* Sets a filter of n instructions, for as long as the process lives. */
static inline bool set_call_filter(struct sock_filter *filter, unsigned short n)
{
    const struct sock_fprog program = {n, filter};

    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#endif
