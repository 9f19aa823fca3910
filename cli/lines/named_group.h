/*
 * Groups of key exchange as lines name them.
 */
#ifndef NAMED_GROUP_H
#define NAMED_GROUP_H

#include <stdbool.h>

/* Finds the number of a group in key_share (RFC 8446 section 4.2.7, RFC 7919, and of ML-KEM those that IANA
 * has registered) by its name; 0 is "none", a handshake without (EC)DHE. False: the name is not known. */
bool named_group_parse(const char *text, unsigned *id);

#endif
