/*
 * The formulas of each kind of line that is no recorded session, in the names of its fields and functions of
 * the RFCs.
 */
#ifndef FORMULAS_H
#define FORMULAS_H

#include "line.h"

struct formula_row {
    const char *alg;
    enum field with, without; /* it holds for lines with or without this input or answer; N_FIELDS: for all */
    const char *text;         /* "name = ..."; lines of it that go on begin with spaces */
};

/* Rows of one kind stand together. */
extern const struct formula_row formula_rows[];
extern const size_t n_formula_rows;

/* Whether what the answers of this kind are is sent in the clear, so that they are shown whole. */
bool formulas_give_public(const struct algorithm *algorithm);

#endif
