/*
 * What is left on a 32-bit x86 after a call: the vector registers, where libc copies secrets, and the dead
 * stack. i386.sh builds the library for that CPU, for which there is neither cmocka nor libcrypto as a rule.
 * Catches: registers that are cleared on other CPUs only, a wipe that leaves out words of the stack, a batch
 * that takes two pointers for one.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "lanekdf.h"

static uint8_t secret[1024], out[1024], registers[128];
static uint8_t stack[65536];
static int n_found;

static void look(const char *call, const char *where, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i + 8 <= len; i++) {
        for (size_t k = 0; k + 8 <= sizeof(out); k += 4) {
            const uint8_t *const sought[] = {secret + k, out + k};
            for (int s = 0; s < 2; s++) {
                if (memcmp(at + i, sought[s], 8) == 0 && memcmp(sought[s], (uint8_t[8]){0}, 8) != 0) {
                    printf("FAILED: %s left eight bytes of %s in %s, byte %zu\n", call,
                        s ? "its output" : "a secret", where, i);
                    n_found++;
                    return;
                }
            }
        }
    }
}

static ucontext_t caller, callee;
static void (*call)(void);

static void call_on_stack(void)
{
    call();
    __asm__ volatile("movups %%xmm0, 0(%0)\n\tmovups %%xmm1, 16(%0)\n\t"
                     "movups %%xmm2, 32(%0)\n\tmovups %%xmm3, 48(%0)\n\t"
                     "movups %%xmm4, 64(%0)\n\tmovups %%xmm5, 80(%0)\n\t"
                     "movups %%xmm6, 96(%0)\n\tmovups %%xmm7, 112(%0)"
                     :
                     : "r"(registers)
                     : "memory");
}

static void look_after(const char *name, void (*function)(void))
{
    memset(stack, 0xa5, sizeof(stack));
    call = function;
    getcontext(&callee);
    callee.uc_stack.ss_sp = stack;
    callee.uc_stack.ss_size = sizeof(stack);
    callee.uc_link = &caller;
    makecontext(&callee, call_on_stack, 0);
    swapcontext(&caller, &callee);
    look(name, "the registers", registers, sizeof(registers));
    look(name, "the dead stack", stack, sizeof(stack));
}

static uint32_t hash;

static void derive(void)
{
    struct lanekdf_prf prf = {.job.kind = LANEKDF_KIND_PRF,
        .hash = hash,
        .secret = {secret, 48},
        .label = {(const uint8_t *)"label", 5},
        .out = {out, 1000}};
    if (lanekdf_derive_one(&prf.job) != LANEKDF_OK) {
        puts("FAILED: the job");
        n_found++;
    }
}

static lanekdf_context *context;

/* Jobs whose structs have pointers of four bytes where routes (engine/route.h) would look for eight. */
static void derive_batch(void)
{
    static struct lanekdf_bytes input[2] = {{secret, 48}, {secret + 100, 32}};
    static struct lanekdf_hkdf hkdf[4];
    struct lanekdf_job *jobs[4];

    for (int i = 0; i < 4; i++) {
        hkdf[i] = (struct lanekdf_hkdf){.job.kind = LANEKDF_KIND_HKDF,
            .hash = LANEKDF_SHA256,
            .flags = LANEKDF_HKDF_EXTRACT,
            .salt = {secret + 200, 64},
            .input = input,
            .n_input = 2,
            .out = {out + 64 * i, 64}};
        jobs[i] = &hkdf[i].job;
    }
    if (lanekdf_context_derive(context, jobs, 4) != 0) {
        puts("FAILED: the jobs of a batch");
        n_found++;
    }
}

static void combine(void)
{
    lanekdf_pre_master_psk((struct lanekdf_bytes){secret, 200}, (struct lanekdf_span){out, 404});
}

int main(void)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    for (size_t i = 0; i < sizeof(secret); i++) {
        secret[i] = (uint8_t)(i * 73 + i / 256 + 41);
    }
    if (lanekdf_start(&options) != LANEKDF_OK) {
        puts("FAILED: no start");
        return 1;
    }
    for (hash = LANEKDF_SHA256; hash <= LANEKDF_SHA1; hash++) {
        derive(); /* compiles the program */
        look_after(lanekdf_hash_name(hash), derive);
    }
    look_after("lanekdf_pre_master_psk", combine);
    if (lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        puts("FAILED: no context");
        return 1;
    }
    derive_batch();
    look_after("lanekdf_context_derive", derive_batch);
    lanekdf_context_free(context);
    printf("%d leftovers\n", n_found);
    return n_found != 0;
}
