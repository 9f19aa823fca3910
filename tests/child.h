/* A part of a test in a process of its own: what it does to the library ends with that process. */
#ifndef CHILD_H
#define CHILD_H

#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"

/* Forks, as fork() does, and ends the test if that fails. What is buffered is printed before, so that it is
 * not printed twice. */
static inline pid_t child_begin(void)
{
    fflush(NULL);
    const pid_t child = fork();
    must(child >= 0, "fork");
    return child;
}

/* Waits for the end of the child. Returns its status as waitpid() tells it, 0 if it ended with exit(0). */
static inline int child_status(pid_t child)
{
    int status = -1;

    must(waitpid(child, &status, 0) == child, "waitpid");
    return status;
}

#endif
