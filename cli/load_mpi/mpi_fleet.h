/* The ranks of MPI as a fleet, and texts that go to rank 0. */
#ifndef MPI_FLEET_H
#define MPI_FLEET_H

#include "fleet.h"

#include <stddef.h>

/* Begins to use MPI, from one thread of several. Errors of MPI end all ranks, with a message of its own, and
 * so does an MPI that takes programs of one thread alone. */
const struct fleet *mpi_fleet_begin(int *argc, char ***argv);
void mpi_fleet_end(void);

/* The name of this rank's machine. */
const char *mpi_fleet_machine(void);

/* The first rank whose text is another one than that of rank 0; the number of ranks where there is none. */
unsigned mpi_fleet_first_other(const char *text, size_t len);

/* The status of rank 0, in all ranks. */
int mpi_fleet_status(int status);

/* Sends a text to rank 0, which receives those of the others in turn: *len bytes and `padding` more that are
 * zero, to be given back to memory.h. */
void mpi_fleet_send(const char *text, size_t len);
char *mpi_fleet_receive(unsigned rank, size_t padding, size_t *len);

#endif
