/* lanekdf load merge: results of several machines as one. */
#ifndef LOAD_MERGE_H
#define LOAD_MERGE_H

/* Runs what the words of the command line from "merge" on ask for. Returns an exit status. */
int load_merge_run(int argc, char **argv);

#endif
