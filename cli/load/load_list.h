/* What lanekdf load can run here. */
#ifndef LOAD_LIST_H
#define LOAD_LIST_H

/* Prints the engines, with what those lack that cannot run, and the workloads. Returns the exit status. */
int load_list_put(void);

#endif
