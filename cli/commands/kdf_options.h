/*
 * The command line of kdf: the kind of the derivation, and a value for each field, by the lists of fields
 * that lines have.
 */
#ifndef KDF_OPTIONS_H
#define KDF_OPTIONS_H

#include "algorithms.h"

enum { MAX_FIELD_VALUES = 64 };

struct kdf_options {
    const struct algorithm *algorithm;
    struct field_value {
        enum field field;
        const char *text;       /* as it was typed; of a flag "true" */
    } values[MAX_FIELD_VALUES]; /* in the order of the command line; an array has one for each item */
    size_t n_values;
    const char *kernel, *answer; /* NULL: none is named */
    bool is_binary;
};

/*
 * Parses KIND and the options behind it: argv[0] is the command's name. Returns true if the command is to
 * run. Otherwise help or what is wrong has been printed, and the command is to end with *status.
 */
bool kdf_options_parse(int argc, char **argv, struct kdf_options *options, int *status);

#endif
