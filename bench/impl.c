#include "impl.h"

#include "ceiling.h"

#include <stdio.h>
#include <string.h>

enum { MAX_IMPLS = 32 };

/* lanekdf on `kernel`, under the name lanekdf-<kernel>. */
static struct impl on_kernel(const char *kernel)
{
    struct impl impl = impl_lanekdf;
    size_t size = strlen(impl.name) + 1 + strlen(kernel) + 1;
    char *name = workload_alloc(size);
    snprintf(name, size, "%s-%s", impl.name, kernel);
    impl.name = name;
    impl.kernel = kernel;
    return impl;
}

size_t impl_handshake_table(const struct impl **table)
{
    static struct impl impls[MAX_IMPLS];
    static size_t n;
    if (n == 0) {
        impls[n++] = impl_lanekdf;
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
            if (kernel.state == LANEKDF_KERNEL_USABLE && n < MAX_IMPLS - 4) {
                impls[n++] = on_kernel(kernel.name);
            }
        }
        impls[n++] = impl_openssl;
#ifdef BENCH_IPSEC_MB
        impls[n++] = impl_ipsec_mb;
        impls[n++] = impl_ipsec_mb_libcrypto;
#endif
        impls[n++] = impl_reference;
    }
    *table = impls;
    return n;
}

int impl_kernel_serves(const char *kernel, enum lanekdf_hash hash)
{
    static const char *const families[] = {[LANEKDF_SHA256] = "sha256_", [LANEKDF_SHA384] = "sha512_"};
    return strncmp(kernel, families[hash], strlen(families[hash])) == 0;
}

int impl_serves(const struct impl *impl, const struct workload *workload)
{
    if (workload->handshake.hash == 0) {
        return strcmp(impl->name, impl_lanekdf.name) == 0;
    }
    if (workload->deal && impl->uniform_only) {
        return 0;
    }
    return !impl->kernel || impl_kernel_serves(impl->kernel, workload->handshake.hash);
}

const char *impl_ceiling_kernel(const struct impl *impl, const struct workload *workload, size_t n)
{
    const char *kernel = impl->kernel;
    if (workload->handshake.hash == 0) {
        return NULL;
    }
    if (!kernel && strcmp(impl->name, impl_lanekdf.name) == 0) {
        kernel = impl_lanekdf_kernel(workload->handshake.hash, n);
    }
    return kernel && ceiling_cycles(kernel) > 0 ? kernel : NULL;
}

const char *impl_lowest_ceiling_kernel(enum lanekdf_hash hash)
{
    const char *lowest = NULL;
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (!impl_kernel_serves(kernel.name, hash)) {
            continue;
        }
        double cycles = ceiling_cycles(kernel.name);
        if (cycles > 0 && (!lowest || cycles < ceiling_cycles(lowest))) {
            lowest = kernel.name;
        }
    }
    return lowest;
}

size_t impl_prf_table(const struct impl **table)
{
    static struct impl impls[4];
    impls[0] = impl_lanekdf_prf;
    impls[1] = impl_openssl;
    impls[2] = impl_openssl_as_libssl;
    impls[3] = impl_reference_prf;
    *table = impls;
    return sizeof(impls) / sizeof(*impls);
}

#ifndef BENCH_IPSEC_MB
const char *impl_ipsec_mb_version(void)
{
    return "missing (it exists for x86-64 only; Debian: libipsec-mb-dev)";
}
#endif

const char *impl_compiler(void)
{
#ifdef __clang__
    return __VERSION__;
#else
    return "gcc " __VERSION__;
#endif
}
