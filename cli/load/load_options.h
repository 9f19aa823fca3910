/*
 * The options of lanekdf load: what is asked for, as the parts of load/ take it.
 */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include "load_progress.h"
#include "load_report.h"
#include "search.h"

enum { LOAD_MAX_RATES = 32, LOAD_MAX_TRACE_NAME = 4096 };

/* Handshakes per second that a rate must have at least. */
#define LOAD_LEAST_RATE 1e-3

struct load_rate {
    double share; /* of what an engine can do; 0: per_second is given */
    double per_second;
};

struct load_request {
    struct load_settings settings;
    struct load_rate rates[LOAD_MAX_RATES];
    size_t n_rates;
    bool is_long; /* --long was given */
    double trace_speed;
    struct loop_objective objectives[LOOP_MAX_OBJECTIVES];
    size_t n_objectives;
    bool is_usual;                             /* neither a rate nor an objective was given */
    bool has_mix;                              /* --mix was given */
    const char *classes;                       /* the name of a file of them; NULL: the mix is another */
    const char *sessions;                      /* likewise */
    char trace[LOAD_MAX_TRACE_NAME];           /* the name of its file; "": there is none */
    double start_at;                           /* seconds since 1970; 0: at once */
    const char *json, *percentiles, *progress; /* the names of files to write; NULL: none */
    const char *report;                        /* the name of its folder; NULL: none */
    char results[LOAD_REPORT_MAX_NAME];        /* json, where --report alone asks for it */
    enum load_progress_form progress_form;
    bool list;
};

/* Parses what follows the command's name, and starts the library unless a list is asked for. Returns true if
 * there is something to run or to list. Otherwise help or what is wrong was printed, and the program is to
 * end with *status. */
bool load_options_parse(int argc, char **argv, struct load_request *request, int *status);

/* Whether no file that the request writes is another one of it. If not, that was said. Parsing has asked so
 * already, with the names as they were then. */
bool load_options_are_apart(const struct load_request *request);

/* Prints the options. */
void load_options_help(void);

#endif
