/* Makes new inputs of those that are kept. */
#ifndef MUTATE_H
#define MUTATE_H

#include "corpus.h"
#include "rng.h"

enum { MUTANT_MAX = 16384 }; /* bytes */

struct mutant {
    uint8_t bytes[MUTANT_MAX];
    size_t len;
};

/* Makes an input: one of the corpus with a few changes, some of which take bytes from others. The same
 * numbers make the same input. */
void mutate(struct mutant *mutant, const struct corpus *corpus, struct rng *rng);

#endif
