#include "impl.h"

#include "bench_support.h"

#include <stdio.h>
#include <string.h>

static const struct impl *const handshake_baselines[] = {
    &impl_openssl,
    &impl_aws_lc,
#ifdef BENCH_IPSEC_MB
    &impl_ipsec_mb,
    &impl_ipsec_mb_libcrypto,
#endif
#ifdef BENCH_IPSEC_MB_NAMED
    &impl_ipsec_mb_named,
    &impl_ipsec_mb_named_libcrypto,
#endif
    &impl_reference,
};
enum { N_HANDSHAKE_BASELINES = sizeof(handshake_baselines) / sizeof(*handshake_baselines) };

static bool is_present(const struct impl *impl)
{
    return impl != &impl_aws_lc || impl_aws_lc_is_loaded();
}

/* lanekdf on one kernel, under the name lanekdf-<kernel>. */
static const struct impl *new_lanekdf_on(const struct lanekdf_kernel *kernel)
{
    struct lanekdf_kernel *kept_kernel = bench_alloc(sizeof(*kept_kernel));
    struct impl *impl = bench_alloc(sizeof(*impl));
    const size_t size = strlen(impl_lanekdf.name) + 1 + strlen(kernel->name) + 1;
    char *name = bench_alloc(size);
    snprintf(name, size, "%s-%s", impl_lanekdf.name, kernel->name);
    *kept_kernel = *kernel;
    *impl = impl_lanekdf;
    impl->name = name;
    impl->kernel = kept_kernel;
    return impl;
}

static size_t n_kernels(void)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    size_t n = 0;
    while (lanekdf_kernel_query(n, &kernel) == LANEKDF_OK) {
        n++;
    }
    return n;
}

size_t impl_handshake_table(const struct impl *const **table)
{
    static const struct impl **impls;
    static size_t n;
    if (!impls) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        impls = bench_alloc((1 + n_kernels() + N_HANDSHAKE_BASELINES) * sizeof(*impls));
        impls[n++] = &impl_lanekdf;
        for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
            if (kernel.state == LANEKDF_KERNEL_USABLE) {
                impls[n++] = new_lanekdf_on(&kernel);
            }
        }
        for (size_t i = 0; i < N_HANDSHAKE_BASELINES; i++) {
            if (is_present(handshake_baselines[i])) {
                impls[n++] = handshake_baselines[i];
            }
        }
    }
    *table = impls;
    return n;
}

size_t impl_prf_table(const struct impl *const **table)
{
    static const struct impl *const all[] = {
        &impl_lanekdf_prf,
        &impl_openssl,
        &impl_openssl_as_libssl,
        &impl_aws_lc,
        &impl_reference_prf,
    };
    enum { N = sizeof(all) / sizeof(*all) };
    static const struct impl *present[N];
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        if (is_present(all[i])) {
            present[n++] = all[i];
        }
    }
    *table = present;
    return n;
}

bool impl_is_lanekdf(const struct impl *impl)
{
    return impl->derive == impl_lanekdf.derive;
}

bool impl_kernel_serves(const struct lanekdf_kernel *kernel, enum lanekdf_hash hash)
{
    struct lanekdf_kernel chosen = {.size = sizeof(chosen)};
    return lanekdf_kernel_query(lanekdf_kernel_choice(hash, 1, NULL), &chosen) == LANEKDF_OK &&
           strcmp(kernel->family, chosen.family) == 0;
}

/* lanekdf by itself derives all workloads, and is the only one that is measured where the hashes differ. */
bool impl_serves(const struct impl *impl, const struct workload *workload)
{
    const enum lanekdf_hash hash = (enum lanekdf_hash)workload->handshake.hash;
    if (impl_is_lanekdf(impl) && !impl->kernel) {
        return true;
    }
    if (hash == 0 || (workload->deal && impl->uniform_only)) {
        return false;
    }
    return !impl->kernel || impl_kernel_serves(impl->kernel, hash);
}

#ifndef BENCH_IPSEC_MB
const char *impl_ipsec_mb_version(void)
{
    return "missing (it exists for x86-64 only; Debian: libipsec-mb-dev)";
}
#endif

#ifndef BENCH_IPSEC_MB_NAMED
const char *impl_ipsec_mb_named_version(void)
{
    return "missing (bench/run.sh --ipsec-mb=FOLDER measures another version beside it)";
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
