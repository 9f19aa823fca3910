/* lanekdf load: how many handshakes a second a core carries, at which latency. */
#ifndef LOAD_MAIN_H
#define LOAD_MAIN_H

#include <stdbool.h>

/* Runs what the words of the command line behind the command's name ask for. Returns an exit status. */
int load_main_run(int argc, char **argv);

/* Whether a word behind the command's name has a help of its own. */
bool load_main_has_topic(const char *word);

#endif
