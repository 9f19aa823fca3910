#include "impl.h"

#include "peers_support.h"

#include <stdio.h>
#include <string.h>

static const struct impl *const handshake_baselines[] = {
#ifdef PEERS_LIBCRYPTO
    &impl_openssl,
#endif
    &impl_aws_lc,
#ifdef PEERS_IPSEC_MB
    &impl_ipsec_mb,
    &impl_ipsec_mb_libcrypto,
#endif
#ifdef PEERS_IPSEC_MB_NAMED
    &impl_ipsec_mb_named,
    &impl_ipsec_mb_named_libcrypto,
#endif
    &impl_reference,
};
enum { N_HANDSHAKE_BASELINES = sizeof(handshake_baselines) / sizeof(*handshake_baselines) };

static const struct impl *const connection_baselines[] = {
#ifdef PEERS_LIBCRYPTO
    &impl_openssl_schedule,
    &impl_openssl_parameters_schedule,
    &impl_openssl_libssl_schedule,
    &impl_libcrypto_composed,
#endif
#ifdef PEERS_IPSEC_MB
    &impl_ipsec_mb_schedule,
    &impl_ipsec_mb_libcrypto_schedule,
#endif
#ifdef PEERS_IPSEC_MB_NAMED
    &impl_ipsec_mb_named_schedule,
    &impl_ipsec_mb_named_libcrypto_schedule,
#endif
    &impl_reference,
};
enum { N_CONNECTION_BASELINES = sizeof(connection_baselines) / sizeof(*connection_baselines) };

/* What this program was built to use is asked, and the others are missing. */
static struct impl_library built_in(const char *name, const char *version, const char *missing)
{
    return (struct impl_library){.name = name, .is_built_in = true, .version = version, .missing = missing};
}

static struct impl_library left_out(const char *name, const char *missing)
{
    return (struct impl_library){.name = name, .missing = missing};
}

size_t impl_libraries(const struct impl_library **libraries)
{
    static struct impl_library all[N_LIBRARIES];
#ifdef PEERS_LIBCRYPTO
    all[LIBRARY_OPENSSL] = built_in("openssl", impl_openssl_version(), NULL);
#else
    all[LIBRARY_OPENSSL] = left_out("openssl", "this program was built without it (Debian: libssl-dev)");
#endif
#ifdef PEERS_IPSEC_MB
    all[LIBRARY_IPSEC_MB] = built_in("ipsec-mb", impl_ipsec_mb_version(), impl_ipsec_mb_missing());
#else
    all[LIBRARY_IPSEC_MB] = left_out("ipsec-mb",
        "this program was built without it; it exists for x86-64 only (Debian: libipsec-mb-dev, libssl-dev)");
#endif
#ifdef PEERS_IPSEC_MB_NAMED
    all[LIBRARY_IPSEC_MB_NAMED] =
        built_in("ipsec-mb-named", impl_ipsec_mb_named_version(), impl_ipsec_mb_named_missing());
#else
    all[LIBRARY_IPSEC_MB_NAMED] =
        left_out("ipsec-mb-named", "bench/run.sh --ipsec-mb FOLDER measures one more version");
#endif
    all[LIBRARY_AWS_LC] = impl_aws_lc_version()
                              ? built_in("aws-lc", impl_aws_lc_version(), NULL)
                              : left_out("aws-lc", "bench/run.sh --aws-lc PATH/libcrypto.so measures it");
    *libraries = all;
    return N_LIBRARIES;
}

/* Whether the library of an implementation is there, if it is of one. */
static bool is_present(const struct impl *impl)
{
    const struct impl_library *libraries;
    impl_libraries(&libraries);
    return impl->library == LIBRARY_NONE || libraries[impl->library].version;
}

/* lanekdf on one kernel, under the name lanekdf-<kernel>. */
static const struct impl *new_lanekdf_on(const struct lanekdf_kernel *kernel)
{
    struct lanekdf_kernel *kept_kernel = peers_alloc(sizeof(*kept_kernel));
    struct impl *impl = peers_alloc(sizeof(*impl));
    const size_t size = strlen(impl_lanekdf.name) + 1 + strlen(kernel->name) + 1;
    char *name = peers_alloc(size);
    snprintf(name, size, "%s-%s", impl_lanekdf.name, kernel->name);
    *kept_kernel = *kernel;
    *impl = impl_lanekdf;
    impl->name = name;
    impl->description = kept_kernel->description;
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

/* lanekdf by itself and on each kernel. */
static const struct impl *const *lanekdf_rows(size_t *n_rows)
{
    static const struct impl **rows;
    static size_t n;
    if (!rows) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        rows = peers_alloc((1 + n_kernels()) * sizeof(*rows));
        rows[n++] = &impl_lanekdf;
        for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
            if (kernel.state == LANEKDF_KERNEL_USABLE) {
                rows[n++] = new_lanekdf_on(&kernel);
            }
        }
    }
    *n_rows = n;
    return rows;
}

/* The rows of lanekdf, and then those baselines that are present. */
static const struct impl **new_table(const struct impl *const *baselines, size_t n_baselines, size_t *n)
{
    const struct impl *const *own = lanekdf_rows(n);
    const struct impl **impls = peers_alloc((*n + n_baselines) * sizeof(*impls));
    memcpy(impls, own, *n * sizeof(*impls));
    for (size_t i = 0; i < n_baselines; i++) {
        if (is_present(baselines[i])) {
            impls[(*n)++] = baselines[i];
        }
    }
    return impls;
}

size_t impl_handshake_table(const struct impl *const **table)
{
    static const struct impl **impls;
    static size_t n;
    if (!impls) {
        impls = new_table(handshake_baselines, N_HANDSHAKE_BASELINES, &n);
    }
    *table = impls;
    return n;
}

size_t impl_connection_table(const struct impl *const **table)
{
    static const struct impl **impls;
    static size_t n;
    if (!impls) {
        impls = new_table(connection_baselines, N_CONNECTION_BASELINES, &n);
    }
    *table = impls;
    return n;
}

size_t impl_prf_table(const struct impl *const **table)
{
    static const struct impl *const all[] = {
        &impl_lanekdf_prf,
#ifdef PEERS_LIBCRYPTO
        &impl_openssl,
        &impl_openssl_as_libssl,
#endif
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

size_t impl_table(const struct workload *workload, const struct impl *const **table)
{
    return workload_has_connections(workload) ? impl_connection_table(table) : impl_handshake_table(table);
}

const struct impl *impl_judge(const struct workload *workload)
{
    if (workload == &workload_prf) {
        return &impl_reference_prf;
    }
    return workload == &workload_exporter || workload == &workload_exporter_prepared
               ? &impl_reference_exporter
               : &impl_reference;
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

/* Of a workload whose items are alike the first stands for all. */
static bool takes_all(const struct impl *impl, const struct workload *workload)
{
    const size_t n = workload_n_different(workload);
    const struct workload_batch items = workload_batch_of(workload, 0, n, NULL);
    bool takes = true;
    for (size_t i = 0; i < n && impl->takes && takes; i++) {
        takes = impl->takes(&items, i);
    }
    return takes;
}

/* lanekdf by itself derives all workloads, and is the only one that is measured where the hashes differ. */
bool impl_serves(const struct impl *impl, const struct workload *workload)
{
    const enum lanekdf_hash hash = (enum lanekdf_hash)workload_hash(workload);
    if (impl_is_lanekdf(impl) && !impl->kernel) {
        return true;
    }
    if (hash == 0 || (workload_is_mix(workload) && impl->uniform_only)) {
        return false;
    }
    return (!impl->kernel || impl_kernel_serves(impl->kernel, hash)) && takes_all(impl, workload);
}

const char *impl_compiler(void)
{
#ifdef __clang__
    return __VERSION__;
#else
    return "gcc " __VERSION__;
#endif
}
