/*
 * What is compared: implementations, each a row in a table. A new baseline is a
 * new file that defines its struct impl, and a line in impl.c.
 */
#ifndef IMPL_H
#define IMPL_H

#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

struct impl {
    const char *name;   /* the <impl> of handshake/<workload>/<impl>/batch:<n> */
    const char *kernel; /* lanekdf's, to force one; otherwise NULL */
    int uniform_only;   /* all handshakes of a batch must be of one shape */

    /* Sets up all that can be kept from call to call, once for each batch, which
     * stays where it is. Ends the program on failure. */
    void *(*prepare)(const struct impl *impl, const struct workload_batch *batch);

    /* Derives the whole batch: this is what is timed. */
    void (*run)(void *state);

    /* What it chose to use for this batch, in a few words; NULL: nothing to say. */
    const char *(*choice)(const void *state);
};

extern const struct impl impl_lanekdf;
extern const struct impl impl_lanekdf_prf;      /* the PRF kind, for workload_prf */
extern const struct impl impl_lanekdf_exporter; /* for workload_exporter and .._prepared */
extern const struct impl impl_openssl;
extern const struct impl impl_openssl_as_libssl;
extern const struct impl impl_ipsec_mb;
extern const struct impl impl_ipsec_mb_libcrypto;
extern const struct impl impl_reference;
extern const struct impl impl_reference_prf;
extern const struct impl impl_reference_exporter;

/* All that derive handshakes, lanekdf once more for each kernel of this CPU. */
size_t impl_handshake_table(const struct impl **table);

/* Whether it can derive a workload's handshakes; a kernel, whether it works on them. */
int impl_serves(const struct impl *impl, const struct workload *workload);

/* Whether a kernel is of the hash's family, the first word of its name. */
int impl_kernel_serves(const char *kernel, enum lanekdf_hash hash);

/* The kernel whose ceiling an implementation is measured by, with n handshakes in a
 * call: of those that lanekdf runs then the one with the lowest. NULL: an
 * implementation that has none, or whose kernel has no known ceiling, or handshakes of several
 * hashes. */
const char *impl_ceiling_kernel(const struct impl *impl, const struct workload *workload, size_t n);

/* What those are measured by: the kernel with the lowest ceiling of all that serve the hash
 * on this CPU; NULL if none is known. */
const char *impl_lowest_ceiling_kernel(enum lanekdf_hash hash);

/* All that offer a single PRF call. */
size_t impl_prf_table(const struct impl **table);

/* The kernel that lanekdf runs by its own choice with n handshakes in a call; if it is
 * several, the one with the lowest ceiling. */
const char *impl_lanekdf_kernel(enum lanekdf_hash hash, size_t n);

/* The context that lanekdf derives the batch in; NULL if that is a single job, which needs none. */
lanekdf_context *impl_lanekdf_context(const struct impl *impl, const struct workload_batch *batch);

/* Versions, as the libraries themselves give them. */
const char *impl_openssl_version(void);
const char *impl_ipsec_mb_version(void); /* says so if it is missing */
const char *impl_compiler(void);

#ifdef __cplusplus
}
#endif
#endif
