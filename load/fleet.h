/*
 * The processes that carry a load together: one in the command, the ranks under MPI. Each runs its share of
 * the rate in loops of its own. What decides is what all of them saw, so that all decide alike: every process
 * calls these functions at the same points of its run, and each call waits for all.
 */
#ifndef FLEET_H
#define FLEET_H

#include "tally.h"

#include <stdbool.h>

struct fleet {
    unsigned n;      /* processes */
    unsigned number; /* of this one, from 0 on */

    /* The mean of the numbers that the processes have. */
    double (*mean)(double number);

    /* Replaces the tally of this process by the sum of those of all. */
    void (*add)(struct tally *tally);

    /* Whether all processes are well. */
    bool (*agree)(bool is_well);
};

/* The fleet of one process, in which all of them is this one. */
extern const struct fleet fleet_of_one;

#endif
