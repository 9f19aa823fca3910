/*
 * What is compared: implementations, each of them a struct impl. A new baseline is a new file that defines
 * its struct, and a line in impl.c.
 */
#ifndef IMPL_H
#define IMPL_H

#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whose implementation it is. */
enum impl_library_id {
    LIBRARY_NONE, /* lanekdf's own */
    LIBRARY_OPENSSL,
    LIBRARY_IPSEC_MB,
    LIBRARY_IPSEC_MB_NAMED,
    LIBRARY_AWS_LC,
    N_LIBRARIES
};

struct impl {
    const char *name;        /* the <impl> of handshake/<workload>/<impl>/batch:<n> */
    const char *description; /* what it is, in a few words */
    enum impl_library_id library;
    const struct lanekdf_kernel *kernel; /* the one that lanekdf is kept to; NULL: no kernel is forced */
    bool uniform_only;                   /* all items of a pool have to be alike */

    /* Whether it has code for item i of a pool; NULL: for all. */
    bool (*takes)(const struct workload_batch *pool, size_t i);

    /* Sets up all that can be kept from call to call, once for a pool of items, which stays where it is. What
     * is chosen by the size of a call is chosen for calls of n_per_call items. The program ends if that
     * fails. */
    void *(*prepare)(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call);

    /* Derives items `first` to `first + n - 1` of the pool. This is what is timed. */
    void (*derive)(void *state, size_t first, size_t n);

    /* What the implementation chose to use for such calls, in a few words. The pointer is NULL where there is
     * no choice. */
    const char *(*choice)(const void *state);
};

extern const struct impl impl_lanekdf;
extern const struct impl impl_lanekdf_prf;      /* for workload_prf */
extern const struct impl impl_lanekdf_exporter; /* for workload_exporter and workload_exporter_prepared */
/* Those of a library are there if the program was built to use it. */
extern const struct impl impl_openssl;
extern const struct impl impl_openssl_schedule; /* this one and the next ones are for connections */
extern const struct impl impl_openssl_parameters_schedule;
extern const struct impl impl_openssl_libssl_schedule;
extern const struct impl impl_libcrypto_composed;
extern const struct impl impl_ipsec_mb_schedule;
extern const struct impl impl_ipsec_mb_libcrypto_schedule;
extern const struct impl impl_ipsec_mb_named_schedule;
extern const struct impl impl_ipsec_mb_named_libcrypto_schedule;
extern const struct impl impl_openssl_as_libssl; /* for workload_prf */
extern const struct impl impl_aws_lc;            /* once its library is loaded */
extern const struct impl impl_ipsec_mb;
extern const struct impl impl_ipsec_mb_libcrypto;
extern const struct impl impl_ipsec_mb_named; /* of a library that the user names */
extern const struct impl impl_ipsec_mb_named_libcrypto;
extern const struct impl impl_reference;
extern const struct impl impl_reference_prf;
extern const struct impl impl_reference_exporter;

/* Takes AWS-LC from a file, its libcrypto. The program ends if that is something else. */
void impl_aws_lc_load(const char *path);

/* All implementations that derive handshakes, and all that derive connections. lanekdf is there once by
 * itself and once for each kernel that this CPU can run. These functions return the number of rows, and are
 * called first when all libraries are loaded. */
size_t impl_handshake_table(const struct impl *const **table);
size_t impl_connection_table(const struct impl *const **table);

/* All implementations that offer a single call of the PRF. */
size_t impl_prf_table(const struct impl *const **table);

/* All implementations that derive the items of a workload of workload.h's three lists. */
size_t impl_table(const struct workload *workload, const struct impl *const **table);

/* The reference in the form that derives this workload: it judges all others. */
const struct impl *impl_judge(const struct workload *workload);

/* Whether this is lanekdf, whatever the kernel. */
bool impl_is_lanekdf(const struct impl *impl);

/* Whether an implementation of the table of a workload can derive all of its items. */
bool impl_serves(const struct impl *impl, const struct workload *workload);

/* Whether a kernel is of the family that computes this hash. */
bool impl_kernel_serves(const struct lanekdf_kernel *kernel, enum lanekdf_hash hash);

/* The context in which lanekdf derives whatever does not go through lanekdf_derive_one: calls of more than
 * one job and, where a kernel is forced, all calls. */
lanekdf_context *impl_lanekdf_context(const struct impl *impl, unsigned worker);

/* lanekdf itself takes the items of several pools of one worker in a call, whatever their hashes and
 * versions: prepare() of impl_lanekdf for n items, of which part_of[i] is the pool, in whose order they come.
 */
void *impl_lanekdf_prepare_joined(
    const struct workload_batch *const *pools, size_t n_pools, const uint8_t *part_of, size_t n);

/* A library that lanekdf is compared with. */
struct impl_library {
    const char *name;    /* with which the names of its implementations begin */
    bool is_built_in;    /* this program was built to use it */
    const char *version; /* as the library itself gives it; NULL where it cannot be used */
    const char *missing; /* why it cannot be used; else NULL */
};

/* Rows LIBRARY_NONE + 1 to N_LIBRARIES - 1 are these libraries, also those that are missing. Returns
 * N_LIBRARIES; is called when all are loaded. */
size_t impl_libraries(const struct impl_library **libraries);

/* The compiler of this program. */
const char *impl_compiler(void);

/* For impl_libraries(): what a baseline knows of its library. A version is NULL where there is none. */
const char *impl_openssl_version(void);
const char *impl_aws_lc_version(void);
const char *impl_ipsec_mb_version(void);
const char *impl_ipsec_mb_named_version(void);
const char *impl_ipsec_mb_missing(void);
const char *impl_ipsec_mb_named_missing(void);

#ifdef __cplusplus
}
#endif
#endif
