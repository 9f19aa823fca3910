/*
 * A program that has functions of its own under all the names that lanekdf uses inside, as any program may
 * have some. subdirectory.sh writes those functions, and builds them with this file and the library.
 * Catches: a name that is global in the library's objects. The program then does not link, or the library
 * calls the program's wipe_frames() in place of its own, and secrets stay on the stack.
 */
#include <lanekdf.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "probe.h"

/* The name of a function of this program that the library called. */
const char *namesake_called;

static int32_t derive(lanekdf_context *context)
{
    static uint8_t out[48];
    struct lanekdf_prf prf = {.job.kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA256,
        .secret = {(const uint8_t *)"the secret of a program", 23},
        .out = {out, sizeof(out)}};
    struct lanekdf_job *job = &prf.job;
    if (context) {
        lanekdf_context_derive(context, &job, 1);
    } else {
        lanekdf_derive_one(job);
    }
    return prf.job.status;
}

static void probed(void *context)
{
    (void)derive(context);
}

/* The deepest bytes that a call wrote to are the dead frames of what it called, at least so many. Wiped, they
 * are zeros but for a few words of the call that wipes. */
enum { WIPED = 1000 };

static bool stack_is_wiped(const struct probe *probe)
{
    const uint8_t *end = probe->stack;
    size_t n_left = 0;
    while (*end == PROBE_FILL) {
        end++;
    }
    for (size_t i = 0; i < WIPED; i++) {
        n_left += end[i] != 0;
    }
    return n_left < 100;
}

static bool is_wiped_by_library(lanekdf_context *context, const char *how)
{
    static struct probe probe;
    /* The first call of a function of a shared library uses the stack for the dynamic linker, too. */
    if (derive(context) != LANEKDF_OK) {
        printf("FAILED: %s derives nothing\n", how);
        return false;
    }
    probe_call(&probe, probed, context);
    if (namesake_called) {
        printf("FAILED: %s calls %s() of this program\n", how, namesake_called);
    }
    if (!stack_is_wiped(&probe)) {
        printf("FAILED: %s leaves the stack as it was\n", how);
    }
    return !namesake_called && stack_is_wiped(&probe);
}

int main(void)
{
    lanekdf_context *context;
    if (lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        puts("FAILED: lanekdf_context_new");
        return 1;
    }
    bool right = is_wiped_by_library(NULL, "lanekdf_derive_one");
    right &= is_wiped_by_library(context, "lanekdf_context_derive");
    lanekdf_context_free(context);
    return !right;
}
