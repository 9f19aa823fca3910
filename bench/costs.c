/*
 * Usage: lanekdf_bench_costs [SECONDS]
 *
 * Prints what a full handshake of TLS 1.2 costs on this core beside the derivation, and with it, measured in
 * about so many seconds (default 3).
 */
#include "affinity.h"
#include "handshake_costs.h"
#include "lanekdf.h"
#include "peers_support.h"

#include <stdlib.h>

static double seconds_of(const char *text)
{
    char *end;
    const double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= 3600)) {
        peers_fail("%s: no number of seconds", text);
    }
    return seconds;
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? seconds_of(argv[1]) : 3;
    const int status = lanekdf_start(NULL);
    struct handshake_cost *costs;
    if (status != LANEKDF_OK) {
        peers_fail("lanekdf: %s", lanekdf_status_text(status));
    }
    affinity_pin(0);
    const size_t n = handshake_costs_new(&costs);
    struct slices_item **items = peers_alloc(n * sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        items[i] = &costs[i].item;
    }
    slices_measure(items, n, seconds, NULL);
    handshake_costs_print(stdout, costs, n);
    return 0;
}
