/*
 * lanekdf: TLS key derivation, one handshake at a time or many at once.
 *
 * Fill in a job, run it, read its status and outputs:
 *
 *     struct lanekdf_handshake hs = {.job.kind = LANEKDF_KIND_HANDSHAKE, ...};
 *     if (lanekdf_derive_one(&hs.job) != LANEKDF_OK) ...
 *
 * or hand over an array of pointers to jobs and let one call work on all of
 * them, several in each vector instruction:
 *
 *     n_failed = lanekdf_context_derive(context, jobs, n_jobs);
 *
 * A batch may mix kinds, hashes and lengths freely. Both forms run the same
 * engine and give the same bytes.
 *
 * Units. Every `len` is in bytes, every `n_` is a count. Numbers are in host
 * byte order; keys, randoms and digests are bytes as they stand on the wire.
 *
 * Memory. The caller owns every buffer. Inputs and jobs are borrowed for the
 * duration of the call; lanekdf keeps no pointer once a call has returned. A
 * pointer may be NULL only where its length is 0 or where it is said to be
 * optional. Nothing needs alignment beyond that of its C type.
 *
 * Overlap. Inputs may overlap each other, within a job and between jobs. An
 * output of a job that overlaps another output of it, one of its inputs or the
 * job itself fails the job with LANEKDF_ERROR_OVERLAP. That outputs of different
 * jobs of a call do not overlap each other or other jobs' inputs is for the
 * caller to see to: it is not checked, and the bytes are then unspecified.
 *
 * Errors. A bad job fails alone, with a status of its own; its outputs, as far
 * as they can be told, are zeroed, and no output is ever partly written (an
 * output that overlaps something is left as it is: zeroing it would destroy the
 * other thing). All other jobs of the call complete.
 *
 * Secrets. Everything that is derived from a secret lies in the arena of the
 * call (a context's memory, or the stack for lanekdf_derive_one) and is zeroed
 * before the call returns, together with the stack below it and all registers that
 * a function need not preserve (those of x86 and aarch64; other CPUs' registers are
 * left as they are, and of their stacks a few words beside a frame may be). A
 * signal that arrives during a call makes the system save all registers on the
 * stack, below what is zeroed, and that copy stays until something overwrites it:
 * where this matters, block signals, or have their handlers run on a stack of their
 * own (sigaltstack) and zero that. No branch and no address
 * depends on a secret. Lengths, kinds and statuses are not secret.
 *
 * Threads. lanekdf makes no threads. A context belongs to one thread at a time;
 * contexts share nothing that changes. Every other function may be called from
 * any number of threads at once. errno is left alone, no signal is raised or
 * caught, nothing is printed.
 *
 * Time. After start-up the time of a call is at most
 *
 *     a + sum over jobs of (b + c * n_compressions + d * n_pieces)
 *
 * a to d are constants of the machine, and `lanekdf info` prints c. n_pieces is the number of
 * `struct lanekdf_bytes` in the job, those of a seed or of HKDF's info once for each of the D
 * digests of the table, since every digest has them in its message. n_compressions is the number of
 * blocks that are hashed; the table below says for each kind how many these are at most. (The
 * engine needs fewer: what occurs twice in a job is computed once, and a prepared secret saves 2 of
 * each PRF or HMAC that it is the key of.) A name in the table stands for the length of that field,
 * in bytes, and these words depend on the hash of the job:
 *
 *     block   64 bytes; of SHA-384 and SHA-512 128
 *     h       bytes of a digest: of SHA-256 32, of SHA-384 48, of SHA-512 64
 *     B(n)    blocks of a message of n bytes: (n + 9) / 64, or (n + 17) / 128, rounded up
 *     D       digests that make the output: out / h, rounded up
 *     X(n)    HMAC of n bytes: 2 + B(block + n)
 *     P(s)    PRF with a label and seed of s bytes together:
 *             3 + B(block + s) + D * (B(block + h + s) + 3)
 *     L(n)    a secret of n bytes: B(n) if it is longer than a block, else 0
 *     K       keys that a stage makes for each direction, 2 to 4: key and IV, number key (DTLS
 *             1.3, QUIC), finished key (handshake stage)
 *
 *     kind                n_compressions at most
 *     PRF                 P(label + seed) + L(secret)
 *     HANDSHAKE           the sum of these:
 *      - master secret    P(77), or if extended P(22 + session_hash), D of 48 bytes,
 *                         + L(pre_master_secret); 0 if it is known
 *      - key block        P(77), D of the key block
 *      - each Finished    P(15 + h), D of 12 bytes
 *      - export suite     3 * P(80)
 *     EXPORTER            P(label + 64), with a context P(label + 66 + context)
 *     FINISHED            P(15 + h) for each of the two, D of 12 bytes
 *     PREPARE             2 + L(secret)
 *     HASH                B(message)
 *     HMAC                1 + X(message) + L(key)
 *     SSL3_PRF            for each 16 bytes of output one SHA-1, B(26 + secret + seed), and one
 *                         MD5, B(secret + 20)
 *     SSL3_FINISHED       two MD5 and two SHA-1, of which the first of each has all messages
 *     HKDF                X(input) + D * X(h + 1 + info) + L(salt) + L(prk)
 *     EXPAND_LABEL        D * X(h + 11 + label + context) for each label, + L(secret)
 *     TLS13_EARLY         X(psk) + 12 for a binder + 4 for each other secret + 4 * K
 *     TLS13_HANDSHAKE     X(shared_secret) + 16 + 8 * K
 *     TLS13_FINISHED      4
 *     TLS13_APPLICATION   12 + 8 * K
 *     TLS13_RESUMPTION    4 + X(21 + nonce) for each nonce
 *     TLS13_TRAFFIC       4 * (n_updates + K)
 *     TLS13_EXPORTER      X(h + 11 + label) + B(context) + 5 * D
 *     TLS13_PSK_IMPORT    X(psk) + B(identity + context + 8) + 9
 *     ECH_CONFIRMATION    9
 *     QUIC_INITIAL        4 + 16 for each side
 *
 * A prepared secret that another kind of job gives takes 2 more, in TLS 1.0 and 1.1 4. TLS 1.0 and
 * 1.1 take every PRF twice, with MD5 and with SHA-1, over the halves of the secret. A handshake of
 * SSLv3 has an SSL3_PRF in the place of each P, and four MD5 for an export suite.
 *
 * ABI. Once a version is tagged, its job structs never change: new capability
 * comes as a new kind with a struct of its own. `reserved` must be 0. Options and
 * queries carry their size; of struct lanekdf_suite lanekdf only hands out pointers.
 *
 * Terms and formulas: RFC 5246 (TLS 1.2), RFC 7627 (extended master secret), RFC 5705
 * (exporters), RFC 2104 (HMAC), FIPS 180-4 (SHA-2); RFC 8446 (TLS 1.3), RFC 9147 (DTLS
 * 1.3), RFC 9001 and 9369 (QUIC), RFC 5869 (HKDF); for what is older RFC 4346 (TLS
 * 1.1), RFC 2246 (TLS 1.0), RFC 6101 (SSLv3), RFC 1321 (MD5).
 * Cipher suites: the IANA registry "TLS Cipher Suites".
 */
#ifndef LANEKDF_H
#define LANEKDF_H

#include <stddef.h>
#include <stdint.h>

#define LANEKDF_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

#define LANEKDF_VERSION_MAJOR 0
#define LANEKDF_VERSION_MINOR 1
#define LANEKDF_VERSION_PATCH 0

/* The values never change; the gaps leave room for later statuses of the same sort. */
enum lanekdf_status {
    LANEKDF_OK = 0,
    LANEKDF_ERROR_KIND = 10,     /* job.kind is none of enum lanekdf_kind */
    LANEKDF_ERROR_NULL = 11,     /* NULL with a non-zero length, or where one is required */
    LANEKDF_ERROR_LENGTH = 12,   /* beyond a LANEKDF_MAX_*, no output at all, or not what the hash gives */
    LANEKDF_ERROR_OVERLAP = 13,  /* an output overlaps an output, an input or the job */
    LANEKDF_ERROR_RESERVED = 14, /* `reserved` is not 0, or a bit or value of a field has no meaning */
    LANEKDF_ERROR_CONFLICT = 15, /* inputs that exclude each other, or one of two is missing */
    LANEKDF_ERROR_DISABLED = 16, /* `legacy` of the job, or of the options, does not allow it */
    LANEKDF_ERROR_LABEL = 17,    /* an exporter label that TLS uses itself */
    LANEKDF_ERROR_PREPARED = 18, /* not a prepared secret, or one of another hash */
    LANEKDF_ERROR_SECRET = 19,   /* a shared secret of zeros, which a key exchange must refuse */
    LANEKDF_ERROR_VERSION = 20,  /* none of enum lanekdf_version, or not one of this kind of job */
    LANEKDF_ERROR_HASH = 21,     /* hash is none of enum lanekdf_hash, or not one of this kind or version */
    LANEKDF_ERROR_INTERNAL = 22, /* a limit of the library itself, which no kind of job meets: report it */
    LANEKDF_ERROR_STATE = 23,    /* not the state of an HMAC that runs: never started, or finished */
    LANEKDF_ERROR_FAULT = 24,    /* what two kernels gave is not what the reference gave: see verify_one_in */
    LANEKDF_ERROR_MEMORY = 30,   /* no memory for a context, or for a start-up beside another one */
    LANEKDF_ERROR_KERNEL = 31,   /* the kernel that was asked for is unknown or unusable here */
    LANEKDF_ERROR_OPTIONS = 32,  /* options of an unknown size or value */
    LANEKDF_ERROR_STARTED = 33,  /* already started, with other options */
    LANEKDF_ERROR_SUITE_UNKNOWN = 40,    /* in neither the registry's list nor the table */
    LANEKDF_ERROR_SUITE_GREASE = 41,     /* RFC 8701: no suite, and never one */
    LANEKDF_ERROR_SUITE_SIGNALLING = 42, /* a signalling value, SCSV: no suite */
    LANEKDF_ERROR_SUITE_TLS13 = 43,      /* of TLS 1.3, with a hash that is not served: SM3 */
    LANEKDF_ERROR_SUITE_GOST = 44,       /* has a PRF and hashes of its own, not served */
    LANEKDF_ERROR_SUITE_VERSION = 45,    /* not of this protocol version */
    LANEKDF_ERROR_GROUP = 50             /* not a hybrid group that is known */
};

/*
 * The hash of the PRF (RFC 5246 section 5), of HMAC and of HASH jobs.
 *
 * LANEKDF_MD5_SHA1 names what SSLv3 to TLS 1.1 have instead of one hash. As a PRF it is
 * P_MD5 of the first half of the secret xor P_SHA1 of the second (RFC 2246 section 5; the
 * halves of a secret of odd length share its middle byte). As a hash it is MD5 followed by
 * SHA-1, 36 bytes. There is no HMAC of the two together. A job with LANEKDF_MD5,
 * LANEKDF_SHA1 or LANEKDF_MD5_SHA1 needs a permission: see enum lanekdf_legacy.
 */
enum lanekdf_hash {
    LANEKDF_SHA256 = 1,
    LANEKDF_SHA384 = 2,
    LANEKDF_SHA512 = 3,
    LANEKDF_MD5 = 4,
    LANEKDF_SHA1 = 5,
    LANEKDF_MD5_SHA1 = 6
};

/* Bytes of a digest of this hash (enum lanekdf_hash): 32 for LANEKDF_SHA256, 36 for
 * LANEKDF_MD5_SHA1. 0 for any other value. */
LANEKDF_API size_t lanekdf_hash_len(uint32_t hash);

/* "sha256", "sha384", "sha512", "md5", "sha1" or "md5-sha1"; static. NULL for any other value. */
LANEKDF_API const char *lanekdf_hash_name(uint32_t hash);

/* The protocol versions, as they stand on the wire: in ServerHello and its supported_versions, or in the
 * long header of QUIC. A HANDSHAKE job takes those up to TLS 1.2, a stage of the key schedule the others.
 * DTLS 1.0 and 1.2, which have 0xfeff and 0xfefd on the wire, derive as LANEKDF_TLS11 and LANEKDF_TLS12. */
enum lanekdf_version {
    LANEKDF_SSL3 = 0x0300,       /* RFC 6101 */
    LANEKDF_TLS10 = 0x0301,      /* RFC 2246 */
    LANEKDF_TLS11 = 0x0302,      /* RFC 4346 */
    LANEKDF_TLS12 = 0x0303,      /* RFC 5246 */
    LANEKDF_TLS13 = 0x0304,      /* RFC 8446 */
    LANEKDF_DTLS13 = 0xfefc,     /* RFC 9147 */
    LANEKDF_QUIC_V1 = 1,         /* RFC 9001 */
    LANEKDF_QUIC_V2 = 0x6b3343cf /* RFC 9369 */
};

/*
 * Permissions. A job that uses one of these is refused with LANEKDF_ERROR_DISABLED unless
 * job.legacy names it or, where job.legacy is 0, lanekdf_options.legacy does.
 *
 * Everything here is broken or deprecated, and served for the analysis of recordings and
 * for old equipment: RFC 7568 (SSLv3), RFC 8996 (TLS 1.0 and 1.1), RFC 6151 (MD5), RFC 9155
 * (SHA-1), RFC 4346 section A.5 (export suites). MD5 and SHA-1 have no permission of their
 * own: that for any version which uses them permits them, too. Static DH and ECDH need no
 * permission: their secrets are derived as ephemeral ones are, and no job tells the two
 * apart (struct lanekdf_suite does).
 */
enum lanekdf_legacy {
    LANEKDF_LEGACY_SSL3 = 1,
    LANEKDF_LEGACY_TLS10 = 2,
    LANEKDF_LEGACY_TLS11 = 4,
    LANEKDF_LEGACY_EXPORT = 8, /* final write keys of export suites */
    /* Exporters over a master secret made without RFC 7627, which may be the same on
     * two connections (RFC 7627 section 5.4). */
    LANEKDF_LEGACY_EXPORTER = 16,
    LANEKDF_LEGACY_ALL = 31
};

enum {
    LANEKDF_MAX_SECRET = 65535,     /* bytes; also of an HMAC key */
    LANEKDF_MAX_SEED = 65535 + 256, /* bytes; label and seed together */
    LANEKDF_MAX_OUT = 65535,        /* bytes; of a PRF */
    LANEKDF_MAX_CONTEXT = 65535,    /* bytes; of an exporter */
    LANEKDF_MAX_SSL3_OUT = 416,     /* bytes: the letters A to Z, 16 bytes each */
    LANEKDF_MAX_PIECES = 65535      /* of a seed or a message */
};
/* A HASH or HMAC message may have any length below 2^60 bytes. */

enum { /* bytes, RFC 5246 */
    LANEKDF_MASTER_SECRET_LEN = 48,
    LANEKDF_RANDOM_LEN = 32,
    LANEKDF_VERIFY_DATA_LEN = 12,
    LANEKDF_SSL3_FINISHED_LEN = 36 /* RFC 6101 section 5.6.9 */
};

/* Bytes that a job reads; data may be NULL if len is 0. */
struct lanekdf_bytes {
    const uint8_t *data;
    size_t len;
};

/* Bytes that a job writes; data may be NULL if len is 0. */
struct lanekdf_span {
    uint8_t *data;
    size_t len;
};

enum lanekdf_kind {
    LANEKDF_KIND_PRF = 1,                /* struct lanekdf_prf */
    LANEKDF_KIND_HANDSHAKE = 2,          /* struct lanekdf_handshake */
    LANEKDF_KIND_HASH = 3,               /* struct lanekdf_message_hash */
    LANEKDF_KIND_HMAC = 4,               /* struct lanekdf_hmac */
    LANEKDF_KIND_EXPORTER = 5,           /* struct lanekdf_exporter */
    LANEKDF_KIND_FINISHED = 6,           /* struct lanekdf_finished */
    LANEKDF_KIND_PREPARE = 7,            /* struct lanekdf_prepare */
    LANEKDF_KIND_SSL3_PRF = 8,           /* struct lanekdf_ssl3_prf */
    LANEKDF_KIND_SSL3_FINISHED = 9,      /* struct lanekdf_ssl3_finished */
    LANEKDF_KIND_HKDF = 10,              /* struct lanekdf_hkdf */
    LANEKDF_KIND_EXPAND_LABEL = 11,      /* struct lanekdf_expand_label */
    LANEKDF_KIND_TLS13_EARLY = 12,       /* struct lanekdf_tls13_early */
    LANEKDF_KIND_TLS13_HANDSHAKE = 13,   /* struct lanekdf_tls13_handshake */
    LANEKDF_KIND_TLS13_FINISHED = 14,    /* struct lanekdf_tls13_finished */
    LANEKDF_KIND_TLS13_APPLICATION = 15, /* struct lanekdf_tls13_application */
    LANEKDF_KIND_TLS13_RESUMPTION = 16,  /* struct lanekdf_tls13_resumption */
    LANEKDF_KIND_TLS13_TRAFFIC = 17,     /* struct lanekdf_tls13_traffic */
    LANEKDF_KIND_TLS13_EXPORTER = 18,    /* struct lanekdf_tls13_exporter */
    LANEKDF_KIND_TLS13_PSK_IMPORT = 19,  /* struct lanekdf_tls13_psk_import */
    LANEKDF_KIND_ECH_CONFIRMATION = 20,  /* struct lanekdf_ech_confirmation */
    LANEKDF_KIND_QUIC_INITIAL = 21       /* struct lanekdf_quic_initial */
};

/* The first member of every job: a pointer to it stands for the whole. */
struct lanekdf_job {
    uint32_t kind;  /* in: enum lanekdf_kind */
    int32_t status; /* out: enum lanekdf_status */
    /* in: enum lanekdf_legacy, or-ed: this job may use these and no others, whatever the options say.
     * 0: what the options of the context, or for lanekdf_derive_one those of start-up, allow. */
    uint32_t legacy;
    uint32_t reserved; /* in: 0 */
    void *owner;       /* the caller's own; never read */
};

/*
 * A secret made ready for many PRFs or HMACs: the hash states after the inner and the outer padded
 * key of its HMAC (RFC 2104 section 4), which saves 2 compressions of each. A prepared
 * secret is as secret as the secret itself and lies in the caller's memory: clear it when it
 * has served. A LANEKDF_KIND_PREPARE job or a handshake makes it; it may be copied, and any
 * number of jobs and threads may read it at once. Its content may differ from version to
 * version of lanekdf: do not store it.
 */
struct lanekdf_prepared_secret {
    uint64_t opaque[20];
};

/* Zeroes a prepared secret, in a way that the compiler cannot leave out. NULL is fine. */
LANEKDF_API void lanekdf_prepared_secret_clear(struct lanekdf_prepared_secret *prepared);

/*
 * RFC 5246 section 5: out = PRF(secret, label, seed) = P_hash(secret, label + seed). With
 * LANEKDF_MD5_SHA1 this is the PRF of RFC 2246 section 5; with LANEKDF_MD5 or LANEKDF_SHA1
 * it is one half of that, P_MD5 or P_SHA1.
 */
struct lanekdf_prf {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash */
    uint32_t reserved;
    /* The secret is given in one of two ways: as 0 .. LANEKDF_MAX_SECRET bytes, or as a
     * prepared secret of the same hash, which is not NULL then while `secret` is empty. */
    struct lanekdf_bytes secret;
    const struct lanekdf_prepared_secret *prepared_secret;
    struct lanekdf_bytes label;       /* without a terminating zero */
    const struct lanekdf_bytes *seed; /* n_seed pieces, which the engine concatenates */
    size_t n_seed;                    /* 0 .. LANEKDF_MAX_PIECES */
    struct lanekdf_span out;          /* 1 .. LANEKDF_MAX_OUT bytes */
};

/*
 * The keys of one connection, from what the key exchange gave (or, on resumption,
 * from the master secret of the session) to the key block and the Finished messages:
 *
 *   master_secret = PRF(pre_master_secret, "master secret",
 *                       client_random + server_random)        RFC 5246 section 8.1
 *   or            = PRF(pre_master_secret, "extended master secret",
 *                       session_hash)                         RFC 7627 section 4
 *   key_block     = PRF(master_secret, "key expansion",
 *                       server_random + client_random)        RFC 5246 section 6.3
 *   verify_data   = PRF(master_secret, "client finished" or "server finished",
 *                       Hash(handshake_messages))             RFC 5246 section 7.4.9
 *
 * TLS 1.0 and 1.1 have the same formulas with their own PRF, and Hash is MD5 and SHA-1
 * one after the other, 36 bytes. In SSLv3 (RFC 6101 sections 6.1 and 6.2.2) the PRF has no
 * labels, there is no extended master secret, and Finished is a job of its own.
 *
 * An export suite (RFC 2246 section 6.3.1, RFC 6101 section 6.2.2.1) has no IVs in its key block,
 * and its short keys serve to make the final ones:
 *
 *   final_client_write_key = PRF(client_write_key, "client write key",
 *                                client_random + server_random)
 *   final_server_write_key = PRF(server_write_key, "server write key",
 *                                client_random + server_random)
 *   iv_block               = PRF("", "IV block", client_random + server_random)
 *   SSLv3:   final_client_write_key = MD5(client_write_key + client_random + server_random)
 *            final_server_write_key = MD5(server_write_key + server_random + client_random)
 *            client_write_IV        = MD5(client_random + server_random)
 *            server_write_IV        = MD5(server_random + client_random)
 *
 * Every output is optional, but a job must ask for at least one.
 */
struct lanekdf_handshake {
    struct lanekdf_job job;
    uint16_t version; /* enum lanekdf_version */
    uint16_t hash;    /* enum lanekdf_hash: in TLS 1.2 the PRF hash of the cipher suite, in
                       * older versions LANEKDF_MD5_SHA1 */
    uint32_t reserved;

    /* The derivation begins with one of two secrets: a pre-master secret of 1 ..
     * LANEKDF_MAX_SECRET bytes or, if known_master_secret is not NULL, the 48 bytes of a
     * master secret; pre_master_secret and session_hash must be empty then. A job with
     * neither of the two fails with LANEKDF_ERROR_CONFLICT. */
    struct lanekdf_bytes pre_master_secret;
    const uint8_t *known_master_secret;

    /* The randoms of the hellos, 32 bytes each. The key block and a master secret without
     * session_hash are made of them; a job that asks for neither may leave them NULL, and
     * what they point to is no input of it. */
    const uint8_t *client_random;
    const uint8_t *server_random;

    /* RFC 7627: the hash of the handshake up to and with ClientKeyExchange, as long as the
     * hash's digest. If it is empty, the master secret is that of RFC 5246. */
    struct lanekdf_bytes session_hash;

    /* Bytes for each direction, RFC 5246 section 6.3: mac_key_length, enc_key_length and
     * fixed_iv_length of the cipher suite. In SSLv3 and TLS 1.0 the IV of a CBC suite counts
     * as a fixed one. If all are 0, the job has no key block, and key_block must be NULL:
     * LANEKDF_ERROR_LENGTH tells a caller who forgot to set the suite. In SSLv3 a key block
     * has LANEKDF_MAX_SSL3_OUT bytes at most. */
    uint8_t mac_key_len, enc_key_len, fixed_iv_len;

    /* Bytes of a final write key of an export suite, 0 for any other suite. With an export
     * suite enc_key_len is the length of the short keys, and fixed_iv_len that of an IV in
     * the IV block. All three are at most 16, and both key lengths at least 1. */
    uint8_t final_key_len;

    /* The transcript hash that each Finished covers, as long as the hash's digest. An empty hash
     * says that its Finished is not wanted. Both are empty in SSLv3.
     *
     * The Finished that is sent second covers the one that was sent first. On a live connection
     * the second hash is known only when the first Finished has been derived, so that two jobs
     * are needed: this one with the first hash alone, and a struct lanekdf_finished with the
     * second. One job makes both where the whole handshake is known, as in a capture. */
    struct lanekdf_bytes client_finished_hash;
    struct lanekdf_bytes server_finished_hash;

    /* Outputs. */
    uint8_t *master_secret;      /* 48 bytes, a copy if it was known; NULL: not wanted */
    uint8_t *key_block;          /* lanekdf_handshake_key_block_len() bytes; NULL if these are 0 */
    uint8_t *final_keys;         /* of an export suite, 2 * (final_key_len + fixed_iv_len)
                                  * bytes: final_client_write_key, final_server_write_key,
                                  * client_write_IV, server_write_IV */
    uint8_t *client_verify_data; /* 12 bytes, the body of the client's Finished */
    uint8_t *server_verify_data; /* 12 bytes, the body of the server's Finished */
    struct lanekdf_prepared_secret *prepared_master_secret; /* NULL: not wanted; not in SSLv3 */
};

/* Bytes of the key block that the job's lengths ask for, computed from them; the job need not
 * have run: 2 * (mac_key_len + enc_key_len + fixed_iv_len), of an export suite, whose IVs
 * come from a block of their own, 2 * (mac_key_len + enc_key_len). */
LANEKDF_API size_t lanekdf_handshake_key_block_len(const struct lanekdf_handshake *job);

/* The order in which RFC 5246 section 6.3 cuts the key block. */
enum lanekdf_key {
    LANEKDF_CLIENT_WRITE_MAC_KEY,
    LANEKDF_SERVER_WRITE_MAC_KEY,
    LANEKDF_CLIENT_WRITE_KEY,
    LANEKDF_SERVER_WRITE_KEY,
    LANEKDF_CLIENT_WRITE_IV,
    LANEKDF_SERVER_WRITE_IV
};

/*
 * A key that record protection uses, as a span of job->key_block; it is computed from the
 * lengths, so the job need not have run. With an export suite (final_key_len is not 0) the
 * write keys and IVs are spans of job->final_keys. A key of length 0, or a `key` out of
 * range, gives {NULL, 0}.
 */
LANEKDF_API struct lanekdf_span lanekdf_handshake_key(
    const struct lanekdf_handshake *job, enum lanekdf_key key);

enum lanekdf_role { LANEKDF_CLIENT, LANEKDF_SERVER };
enum lanekdf_purpose {
    LANEKDF_MAC_KEY, /* up to TLS 1.2 */
    LANEKDF_KEY,
    LANEKDF_IV,
    LANEKDF_NUMBER_KEY,  /* of DTLS 1.3 ("sn") and QUIC ("hp") */
    LANEKDF_FINISHED_KEY /* of the handshake stage of TLS 1.3 */
};

/*
 * The same keys from one side's point of view: the key that `role` writes with, with which
 * the other side reads, and the key that it reads with. An argument out of range gives
 * {NULL, 0}.
 */
LANEKDF_API struct lanekdf_span lanekdf_handshake_write_key(
    const struct lanekdf_handshake *job, enum lanekdf_role role, enum lanekdf_purpose purpose);
LANEKDF_API struct lanekdf_span lanekdf_handshake_read_key(
    const struct lanekdf_handshake *job, enum lanekdf_role role, enum lanekdf_purpose purpose);

/*
 * Cipher suites: what the two bytes in ServerHello say about a connection's keys. From the
 * bytes to a job that lacks only secrets, randoms or hashes, and buffers:
 *
 *     status = lanekdf_suite_find(0xc02f, &suite);
 *     if (status == LANEKDF_OK)
 *         status = lanekdf_handshake_set_suite(&hs, LANEKDF_TLS12, suite);
 *
 * or, for a stage of TLS 1.3, DTLS 1.3 or QUIC, lanekdf_tls13_set_suite().
 *
 * The table has every suite that the IANA registry "TLS Cipher Suites" names and that runs on
 * the PRFs of SSLv3 to TLS 1.2 or on the HKDF of TLS 1.3 with SHA-2: all but those of GOST and
 * of SM3. It also has some that the registry does not name but recordings
 * have: the 56-bit export suites (0x0060 to 0x0066), Netscape's FIPS suites (0xFEFE, 0xFEFF,
 * 0xFFE0, 0xFFE1), the draft of ChaCha20-Poly1305 (0xCC13 to 0xCC15) and EC J-PAKE
 * (0xC0FF); their `origin` says where they come from. The table is read-only and static: no
 * call below starts up, locks or allocates, and what they give is valid for ever.
 *
 * A suite of TLS 1.3 (RFC 8446 section B.4) names a cipher and a hash alone, and DTLS 1.3 and QUIC
 * have the same ones. Its nonce comes from the key schedule as a whole: fixed_iv_len is the length
 * of client_write_iv (RFC 8446 section 7.3), record_iv_len is 0.
 */

/* The key exchange, which yields the pre-master secret or, in TLS 1.3, the shared secret. */
enum lanekdf_key_exchange {
    LANEKDF_KX_RSA = 1,       /* RFC 5246 section 7.4.7.1 */
    LANEKDF_KX_DH = 2,        /* fixed, the server's key in its certificate */
    LANEKDF_KX_DHE = 3,       /* also DH_anon */
    LANEKDF_KX_ECDH = 4,      /* fixed, RFC 8422 */
    LANEKDF_KX_ECDHE = 5,     /* also ECDH_anon */
    LANEKDF_KX_PSK = 6,       /* RFC 4279 section 2 */
    LANEKDF_KX_DHE_PSK = 7,   /* RFC 4279 section 3 */
    LANEKDF_KX_ECDHE_PSK = 8, /* RFC 5489 */
    LANEKDF_KX_RSA_PSK = 9,   /* RFC 4279 section 4 */
    LANEKDF_KX_SRP = 10,      /* RFC 5054 */
    LANEKDF_KX_KRB5 = 11,     /* RFC 2712 */
    LANEKDF_KX_ECCPWD = 12,   /* RFC 8492 */
    LANEKDF_KX_ECJPAKE = 13,  /* draft-cragie-tls-ecjpake-01 */
    LANEKDF_KX_ANY = 14       /* of TLS 1.3: extensions negotiate it apart from the suite */
};

/* How the server is authenticated. */
enum lanekdf_authentication {
    LANEKDF_AUTH_ANON = 1, /* the server is not authenticated */
    LANEKDF_AUTH_RSA = 2,  /* by a certificate with a key of this kind, or signed with one (fixed DH, ECDH) */
    LANEKDF_AUTH_DSS = 3,
    LANEKDF_AUTH_ECDSA = 4,
    LANEKDF_AUTH_PSK = 5,
    LANEKDF_AUTH_KRB5 = 6,
    LANEKDF_AUTH_PASSWORD = 7, /* SRP without a certificate, ECCPWD, EC J-PAKE */
    LANEKDF_AUTH_ANY = 8       /* of TLS 1.3: extensions negotiate it apart from the suite */
};

/* The cipher, its key length in bits and its mode, under the registry's names. */
enum lanekdf_cipher {
    LANEKDF_CIPHER_NULL = 1,
    LANEKDF_CIPHER_RC4_40 = 2,
    LANEKDF_CIPHER_RC4_56 = 3,
    LANEKDF_CIPHER_RC4_128 = 4,
    LANEKDF_CIPHER_RC2_CBC_40 = 5,
    LANEKDF_CIPHER_RC2_CBC_56 = 6,
    LANEKDF_CIPHER_DES40_CBC = 7,
    LANEKDF_CIPHER_DES_CBC = 8,
    LANEKDF_CIPHER_3DES_EDE_CBC = 9,
    LANEKDF_CIPHER_IDEA_CBC = 10,
    LANEKDF_CIPHER_SEED_CBC = 11,
    LANEKDF_CIPHER_AES_128_CBC = 12,
    LANEKDF_CIPHER_AES_256_CBC = 13,
    LANEKDF_CIPHER_AES_128_GCM = 14,
    LANEKDF_CIPHER_AES_256_GCM = 15,
    LANEKDF_CIPHER_AES_128_CCM = 16,
    LANEKDF_CIPHER_AES_256_CCM = 17,
    LANEKDF_CIPHER_AES_128_CCM_8 = 18,
    LANEKDF_CIPHER_AES_256_CCM_8 = 19,
    LANEKDF_CIPHER_CAMELLIA_128_CBC = 20,
    LANEKDF_CIPHER_CAMELLIA_256_CBC = 21,
    LANEKDF_CIPHER_CAMELLIA_128_GCM = 22,
    LANEKDF_CIPHER_CAMELLIA_256_GCM = 23,
    LANEKDF_CIPHER_ARIA_128_CBC = 24,
    LANEKDF_CIPHER_ARIA_256_CBC = 25,
    LANEKDF_CIPHER_ARIA_128_GCM = 26,
    LANEKDF_CIPHER_ARIA_256_GCM = 27,
    LANEKDF_CIPHER_CHACHA20_POLY1305 = 28,
    /* draft-agl-tls-chacha20poly1305-04: no IV, the nonce is the sequence number, and the tag
     * covers the lengths in another way than in RFC 7905. */
    LANEKDF_CIPHER_CHACHA20_DRAFT = 29,
    /* RFC 9150: integrity alone. The key is that of an HMAC of nonce and record, and nothing is encrypted. */
    LANEKDF_CIPHER_HMAC_SHA256 = 30,
    LANEKDF_CIPHER_HMAC_SHA384 = 31,
    LANEKDF_CIPHER_AEGIS_128L = 32, /* draft-irtf-cfrg-aegis-aead, draft-denis-tls-aegis */
    LANEKDF_CIPHER_AEGIS_256 = 33
};

/* A cipher suite. Only the library makes this struct, so that later versions may add members
 * at the end. Lengths are in bytes, and those of one direction. */
struct lanekdf_suite {
    const char *name;         /* in the registry: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
    const char *openssl_name; /* the last that OpenSSL had: "ECDHE-RSA-AES128-GCM-SHA256"; "" if none */
    const char *origin;       /* of a suite that the registry does not name: "draft-..."; NULL: it does */
    enum lanekdf_key_exchange key_exchange;
    enum lanekdf_authentication authentication;
    enum lanekdf_cipher cipher;
    uint16_t id; /* its two bytes, the first one high */
    /* The first and the last version that may negotiate the suite, enum lanekdf_version; those of
     * DTLS and QUIC are those of the TLS that they are made of. Suites with AES, Camellia, SEED or
     * a PSK begin with SSLv3, too: RFCs define them for TLS 1.0, and SSLv3 was given them in
     * practice. */
    uint16_t min_version, max_version;
    uint16_t mac;          /* enum lanekdf_hash of the record MAC; 0: an AEAD cipher, without one */
    uint16_t hash;         /* enum lanekdf_hash of the PRF in TLS 1.2, of everything in TLS 1.3; 0: TLS 1.2
                            * does not have the suite */
    uint8_t mac_key_len;   /* RFC 5246 section 6.3, mac_key_length */
    uint8_t enc_key_len;   /* enc_key_length; of an export suite the bytes taken from the key block */
    uint8_t final_key_len; /* RFC 2246 section 6.3.1: of the final write keys; 0: no export suite */
    uint8_t fixed_iv_len;  /* fixed_iv_length: the implicit part of an AEAD nonce, in TLS 1.3 all of it;
                            * else 0 */
    uint8_t record_iv_len; /* record_iv_length: the explicit part of an AEAD nonce, or a CBC block */
    uint8_t tag_len;       /* of an AEAD cipher, or of the HMAC of RFC 9150; else 0 */
};

/*
 * The suite of this id, in *suite. Otherwise *suite is NULL and the status says what the id
 * is instead: LANEKDF_ERROR_SUITE_GREASE, _SIGNALLING, _TLS13, _GOST, or _UNKNOWN;
 * _VERSION for TLS_NULL_WITH_NULL_NULL, which no version may negotiate (RFC 5246 appendix
 * A.5).
 */
LANEKDF_API int lanekdf_suite_find(uint16_t id, const struct lanekdf_suite **suite);

/*
 * The suite of this name in the registry or in OpenSSL, in either case, as above. The names of
 * the registry are also found as others write them: with "SSL_" for "TLS_" (JSSE, IBM), without
 * "WITH_" and with "SHA1" or "ARCFOUR" (GnuTLS), with "-" for "_" and "TLS1-3" for "TLS" (Mbed
 * TLS), without the hash of ChaCha20-Poly1305 (Go).
 */
LANEKDF_API int lanekdf_suite_find_name(const char *name, const struct lanekdf_suite **suite);

/* Suite `index`, counted from 0, in the order of ids; LANEKDF_ERROR_LENGTH, and *suite is
 * NULL, past the last one. */
LANEKDF_API int lanekdf_suite_query(size_t index, const struct lanekdf_suite **suite);

/*
 * Sets what the suite decides in a connection of this version (enum lanekdf_version): the
 * job's version, hash, mac_key_len, enc_key_len, fixed_iv_len and final_key_len; nothing
 * else. The hash is the suite's in TLS 1.2, LANEKDF_MD5_SHA1 before. The IV of a CBC suite
 * is a block in SSLv3 and TLS 1.0 (that of an export suite from the IV block, not the key
 * block); from TLS 1.1 on each record brings its own. Returns LANEKDF_OK;
 * LANEKDF_ERROR_SUITE_VERSION if this version cannot have the suite, as for a suite of TLS 1.3,
 * which no HANDSHAKE job has; or LANEKDF_ERROR_NULL if suite is NULL; and the job is as it was
 * then.
 */
LANEKDF_API int lanekdf_handshake_set_suite(
    struct lanekdf_handshake *job, uint16_t version, const struct lanekdf_suite *suite);

/*
 * The same for the analysis of recordings, which have suites in versions that the RFCs keep
 * them out of: DES, IDEA and export suites up to TLS 1.2 (the PRF there has SHA-256, RFC 5246
 * section 5), elliptic curves in SSLv3. For such a pair *objection is what the RFCs say
 * against it, a static text that names one of them; else it is NULL. Any other pair is
 * refused as above. With an export suite in TLS 1.2 the lengths say what such keys would be,
 * but no RFC says how they become final there, so that the job is refused with
 * LANEKDF_ERROR_CONFLICT. A TLS terminator has no use for this function.
 */
LANEKDF_API int lanekdf_handshake_set_recorded_suite(struct lanekdf_handshake *job, uint16_t version,
    const struct lanekdf_suite *suite, const char **objection);

/* out = Hash(message), for transcripts. */
struct lanekdf_message_hash {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash */
    uint32_t reserved;
    const struct lanekdf_bytes *message; /* n_message pieces, in order */
    size_t n_message;                    /* 0 .. LANEKDF_MAX_PIECES */
    struct lanekdf_span out;             /* 1 .. digest length bytes: the leftmost ones */
};

/* RFC 2104: out = HMAC_hash(key, message). */
struct lanekdf_hmac {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash */
    uint32_t reserved;
    /* The key is given in one of two ways: as 0 .. LANEKDF_MAX_SECRET bytes, or as a prepared secret of the
     * same hash, which is not NULL then while `key` is empty. */
    struct lanekdf_bytes key;
    const struct lanekdf_prepared_secret *prepared_key;
    const struct lanekdf_bytes *message; /* n_message pieces, in order */
    size_t n_message;                    /* 0 .. LANEKDF_MAX_PIECES */
    struct lanekdf_span out;             /* 1 .. digest length bytes: the leftmost ones */
};

/*
 * RFC 5705 section 4: keying material for a protocol above TLS,
 *
 *   out = PRF(master_secret, label, client_random + server_random)
 *   or  = PRF(master_secret, label, client_random + server_random +
 *                                   uint16(context length) + context)
 *
 * A context of no bytes and no context are different things. The labels that TLS uses
 * itself are refused with LANEKDF_ERROR_LABEL. RFC 7627 section 5.4 forbids exporters over
 * a master secret that was made without session_hash, so the job says whether it was.
 */
enum lanekdf_exporter_flag {
    LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET = 1, /* the handshake had a session_hash */
    LANEKDF_EXPORTER_HAS_CONTEXT = 2
};

struct lanekdf_exporter {
    struct lanekdf_job job;
    uint32_t hash;  /* enum lanekdf_hash, as in the handshake */
    uint32_t flags; /* enum lanekdf_exporter_flag, or-ed; without _EXTENDED_MASTER_SECRET it
                     * takes LANEKDF_LEGACY_EXPORTER */
    /* One of the two is given, the other is NULL. */
    const uint8_t *master_secret; /* 48 bytes */
    const struct lanekdf_prepared_secret *prepared_secret;
    const uint8_t *client_random; /* 32 bytes each */
    const uint8_t *server_random;
    struct lanekdf_bytes label;   /* 1 .. LANEKDF_MAX_SEED bytes, without a terminating zero */
    struct lanekdf_bytes context; /* 0 .. LANEKDF_MAX_CONTEXT bytes; empty without the flag */
    struct lanekdf_span out;      /* 1 .. LANEKDF_MAX_OUT bytes */
};

/* RFC 5246 section 7.4.9: one or both Finished by themselves, for a connection whose transcript
 * was not known yet when its key block was derived. On a live connection the second Finished
 * always is such a one, as it covers the first. */
struct lanekdf_finished {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash, as in the handshake */
    uint32_t reserved;
    /* One of the two is given, the other is NULL. */
    const uint8_t *master_secret; /* 48 bytes */
    const struct lanekdf_prepared_secret *prepared_secret;
    /* As in struct lanekdf_handshake; at least one is not empty. */
    struct lanekdf_bytes client_finished_hash;
    struct lanekdf_bytes server_finished_hash;
    uint8_t *client_verify_data; /* 12 bytes each */
    uint8_t *server_verify_data;
};

/* Makes a prepared secret of a master secret or of any other secret of a PRF. A job that
 * fails clears *prepared. */
struct lanekdf_prepare {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash: the only one that the prepared secret will serve */
    uint32_t reserved;
    struct lanekdf_bytes secret; /* 0 .. LANEKDF_MAX_SECRET bytes */
    struct lanekdf_prepared_secret *prepared;
};

/*
 * RFC 6101 sections 6.1 and 6.2.2, the PRF of SSLv3:
 *
 *   out = MD5(secret + SHA("A" + secret + seed)) +
 *         MD5(secret + SHA("BB" + secret + seed)) +
 *         MD5(secret + SHA("CCC" + secret + seed)) + ...
 */
struct lanekdf_ssl3_prf {
    struct lanekdf_job job;
    uint32_t reserved[2];
    struct lanekdf_bytes secret;      /* 0 .. LANEKDF_MAX_SECRET bytes */
    const struct lanekdf_bytes *seed; /* n_seed pieces, in order */
    size_t n_seed;                    /* 0 .. LANEKDF_MAX_PIECES */
    struct lanekdf_span out;          /* 1 .. LANEKDF_MAX_SSL3_OUT bytes */
};

/*
 * RFC 6101 section 5.6.9, the Finished of SSLv3:
 *
 *   out = MD5(master_secret + pad2 + MD5(handshake_messages + sender + master_secret + pad1)) +
 *         SHA(master_secret + pad2 + SHA(handshake_messages + sender + master_secret + pad1))
 *
 * with pad1 = 0x36 and pad2 = 0x5c, 48 times for MD5 and 40 times for SHA; sender is "CLNT"
 * or "SRVR".
 */
struct lanekdf_ssl3_finished {
    struct lanekdf_job job;
    uint32_t sender; /* 0: the client, 1: the server, else LANEKDF_ERROR_RESERVED */
    uint32_t reserved;
    const uint8_t *master_secret;                   /* 48 bytes */
    const struct lanekdf_bytes *handshake_messages; /* n_handshake_messages pieces, in order */
    size_t n_handshake_messages;                    /* 0 .. LANEKDF_MAX_PIECES */
    uint8_t *out;                                   /* LANEKDF_SSL3_FINISHED_LEN bytes */
};

/*
 * TLS 1.3, DTLS 1.3 and QUIC: the key schedule of RFC 8446 section 7.1, a job for each stage that a
 * connection reaches. Terms and formulas: RFC 8446 sections 4.2.11, 4.4.4, 4.6.1, 7; RFC 9147 section 5.9
 * (DTLS 1.3), RFC 9001 sections 5 and 6 (QUIC), RFC 9369 section 3.3 (QUIC version 2), RFC 5869 (HKDF).
 *
 *   HkdfLabel = uint16(length) + uint8(length of prefix and label) + prefix + label +
 *               uint8(length of context) + context
 *   HKDF-Expand-Label(secret, label, context, length) = HKDF-Expand(secret, HkdfLabel, length)
 *   Derive-Secret(secret, label, messages)
 *       = HKDF-Expand-Label(secret, label, Hash(messages), length of the hash)
 *
 * `version` (enum lanekdf_version) decides the prefix, "tls13 " or, in DTLS 1.3, "dtls13"; the labels of
 * keys, "key" and "iv", "quic key" and "quic iv", "quicv2 key" and "quicv2 iv"; and whether there is a number
 * key, which hides record or packet numbers: "sn" in DTLS 1.3, "quic hp" or "quicv2 hp" in QUIC. Below, n
 * is the length of the hash: LANEKDF_SHA256, LANEKDF_SHA384 or LANEKDF_SHA512; others give
 * LANEKDF_ERROR_HASH, or LANEKDF_ERROR_DISABLED if the job may not use them anyway.
 *
 * What a caller keeps between stages is the least that the RFC allows:
 *
 *   early        gives handshake_salt             keep until ServerHello
 *   handshake    gives master_secret              keep until the client's Finished (resumption)
 *                and both finished keys           keep until both Finished are made and checked
 *   application  gives both traffic secrets       keep the newest for key updates, erase on each update
 *                and exporter_master_secret       keep for exporters
 *   resumption   gives resumption_master_secret   keep if more tickets are to come
 *
 * The (EC)DHE shared secret may be erased after the handshake stage, the PSK after the early stage; early
 * secret and handshake secret never have to leave a call. Who connects without a PSK has no early stage, and
 * what follows from constants alone is not computed again for each job.
 *
 * Keys. key_len and iv_len are the lengths of the suite's AEAD key and nonce in bytes, 1 to n each; or both
 * are 0, and no keys are derived. lanekdf_tls13_set_suite() sets them. The keys of one direction are one
 * block of lanekdf_tls13_key_block_len() bytes: key (key_len), IV (iv_len), number key (key_len; not in TLS)
 * and, from the handshake stage, finished key (n). lanekdf_tls13_write_key() and .._read_key() cut it.
 *
 * Every output is optional unless it is said otherwise, but a job must ask for at least one:
 * LANEKDF_ERROR_LENGTH. A block that is wanted while key_len is 0 is that error, too, except in the handshake
 * stage: there it has the finished key alone, so that a caller who forgot to set the suite gets no keys and
 * no error. LANEKDF_ERROR_VERSION: a version that the stage does not have. An input that an output needs is
 * not NULL: LANEKDF_ERROR_NULL.
 */

/* What makes a PSK, and so the label of its binder key, RFC 8446 section 4.2.11.2 and RFC 9258 section 5.2.
 */
enum lanekdf_psk_kind {
    LANEKDF_PSK_RESUMPTION = 0, /* "res binder" */
    LANEKDF_PSK_EXTERNAL = 1,   /* "ext binder" */
    LANEKDF_PSK_IMPORTED = 2    /* "imp binder" */
};

/*
 * The early stage of a connection with a PSK:
 *
 *   early_secret                 = HKDF-Extract(0, psk)
 *   binder_key                   = Derive-Secret(early_secret, binder label, "")
 *   binder                       = HMAC(HKDF-Expand-Label(binder_key, "finished", "", n), binder_hash)
 *   client_early_traffic_secret  = Derive-Secret(early_secret, "c e traffic", ClientHello)
 *   early_exporter_master_secret = Derive-Secret(early_secret, "e exp master", ClientHello)
 *   handshake_salt               = Derive-Secret(early_secret, "derived", "")
 *
 * A client runs it twice: the binder is a part of the ClientHello whose hash the other secrets have.
 */
struct lanekdf_tls13_early {
    struct lanekdf_job job;
    uint32_t hash;           /* enum lanekdf_hash */
    uint32_t version;        /* enum lanekdf_version */
    uint16_t psk_kind;       /* enum lanekdf_psk_kind, else LANEKDF_ERROR_RESERVED */
    uint8_t key_len, iv_len; /* of the early data */
    uint32_t reserved;
    /* One of the two is given: a PSK of 1 .. LANEKDF_MAX_SECRET bytes, or n bytes of an early secret, and
     * psk is empty then. LANEKDF_ERROR_CONFLICT otherwise. */
    struct lanekdf_bytes psk;
    const uint8_t *known_early_secret;
    const uint8_t *binder_hash;       /* n bytes: of what comes before the binders, for binder */
    const uint8_t *client_hello_hash; /* n bytes: of ClientHello, for what is made of it */
    /* Outputs. */
    uint8_t *early_secret; /* n bytes; not with a known one: LANEKDF_ERROR_CONFLICT */
    uint8_t *binder;       /* n bytes each */
    uint8_t *handshake_salt;
    uint8_t *client_early_traffic_secret;
    uint8_t *client_early_keys; /* a block */
    uint8_t *early_exporter_master_secret;
};

/*
 * The handshake stage. Its messages are ClientHello .. ServerHello:
 *
 *   handshake_secret                = HKDF-Extract(handshake_salt, shared_secret)
 *   client_handshake_traffic_secret = Derive-Secret(handshake_secret, "c hs traffic", messages)
 *   server_handshake_traffic_secret = Derive-Secret(handshake_secret, "s hs traffic", messages)
 *   finished_key of each side       = HKDF-Expand-Label(traffic secret, "finished", "", n)
 *   master_secret = HKDF-Extract(Derive-Secret(handshake_secret, "derived", ""), 0)
 */
struct lanekdf_tls13_handshake {
    struct lanekdf_job job;
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t version; /* enum lanekdf_version */
    uint8_t key_len, iv_len;
    uint16_t reserved;
    uint32_t reserved2;
    /* The shared secret of the key exchange in one or two pieces, which are concatenated: the two of a hybrid
     * group, in its order. Together LANEKDF_MAX_SECRET bytes at most. Zeros are not refused here:
     * lanekdf_pre_master_x25519() and .._x448() do so, as RFC 8446 section 7.4.2 wants it. Both are empty
     * where a PSK is all that there is (psk_ke); handshake_salt must be given then, else
     * LANEKDF_ERROR_CONFLICT. */
    struct lanekdf_bytes shared_secret[2];
    const uint8_t *handshake_salt;  /* n bytes, of the early stage; NULL: no PSK */
    const uint8_t *transcript_hash; /* n bytes: of ClientHello .. ServerHello, for traffic secrets and keys */
    /* Outputs. */
    uint8_t *client_handshake_traffic_secret; /* n bytes */
    uint8_t *server_handshake_traffic_secret;
    uint8_t *client_keys; /* a block each */
    uint8_t *server_keys;
    uint8_t *master_secret; /* n bytes */
    struct lanekdf_prepared_secret *prepared_master_secret;
};

/* RFC 8446 section 4.4.4: verify_data = HMAC(finished_key, transcript_hash). */
struct lanekdf_tls13_finished {
    struct lanekdf_job job;
    uint32_t hash; /* enum lanekdf_hash */
    uint32_t reserved;
    /* One of the two is given, the other is NULL; LANEKDF_ERROR_CONFLICT otherwise. */
    const uint8_t *finished_key; /* n bytes */
    const struct lanekdf_prepared_secret *prepared_finished_key;
    /* n bytes: of ClientHello up to the message before this Finished, the server's CertificateVerify (with a
     * PSK its EncryptedExtensions), or for the client whatever comes before its own Finished. */
    const uint8_t *transcript_hash;
    uint8_t *verify_data; /* n bytes; not optional */
};

/*
 * The application stage. Its messages are ClientHello .. server Finished:
 *
 *   client_application_traffic_secret = Derive-Secret(master_secret, "c ap traffic", messages)
 *   server_application_traffic_secret = Derive-Secret(master_secret, "s ap traffic", messages)
 *   exporter_master_secret            = Derive-Secret(master_secret, "exp master", messages)
 */
struct lanekdf_tls13_application {
    struct lanekdf_job job;
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t version; /* enum lanekdf_version */
    uint8_t key_len, iv_len;
    uint16_t reserved;
    uint32_t reserved2;
    /* One of the two is given, the other is NULL; LANEKDF_ERROR_CONFLICT otherwise. */
    const uint8_t *master_secret; /* n bytes */
    const struct lanekdf_prepared_secret *prepared_master_secret;
    const uint8_t *transcript_hash; /* n bytes: of ClientHello .. server Finished */
    /* Outputs. */
    uint8_t *client_application_traffic_secret; /* n bytes each */
    uint8_t *server_application_traffic_secret;
    uint8_t *client_keys; /* a block each */
    uint8_t *server_keys;
    uint8_t *exporter_master_secret; /* n bytes */
    struct lanekdf_prepared_secret *prepared_exporter_master_secret;
};

/*
 * The resumption stage, and the PSKs of tickets, RFC 8446 section 4.6.1:
 *
 *   resumption_master_secret = Derive-Secret(master_secret, "res master", ClientHello .. client Finished)
 *   psk                      = HKDF-Expand-Label(resumption_master_secret, "resumption", nonce, n)
 */
struct lanekdf_tls13_resumption {
    struct lanekdf_job job;
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t version; /* enum lanekdf_version */
    /* One of the three is given, the others are NULL; LANEKDF_ERROR_CONFLICT otherwise. A known
     * resumption_master_secret, n bytes, is for tickets that come later, without a transcript_hash. */
    const uint8_t *master_secret; /* n bytes */
    const struct lanekdf_prepared_secret *prepared_master_secret;
    const uint8_t *known_resumption_master_secret;
    const uint8_t *transcript_hash;     /* n bytes: of ClientHello .. client Finished */
    const struct lanekdf_bytes *nonces; /* n_nonces ticket nonces of 0 .. 255 bytes */
    size_t n_nonces;                    /* 0 .. LANEKDF_MAX_PIECES */
    /* Outputs. */
    uint8_t *resumption_master_secret; /* n bytes, a copy if it was known; NULL: not wanted */
    uint8_t *psks;                     /* n bytes for each nonce, in their order */
};

/*
 * Keys of one traffic secret, and key updates, RFC 8446 section 7.2 and RFC 9001 section 6.1:
 *
 *   next secret = HKDF-Expand-Label(traffic_secret, "traffic upd" | "quic ku" | "quicv2 ku", "", n)
 *
 * n_updates times, and then the block of the secret that this gives. Key and IV change with each update, and
 * in DTLS 1.3 the number key; QUIC keeps the number key of its first secret, so that after an update a block
 * of QUIC has key and IV alone.
 */
struct lanekdf_tls13_traffic {
    struct lanekdf_job job;
    uint32_t hash;      /* enum lanekdf_hash */
    uint32_t version;   /* enum lanekdf_version */
    uint32_t n_updates; /* 0 .. LANEKDF_MAX_UPDATES */
    uint8_t key_len, iv_len;
    uint16_t reserved;
    const uint8_t *traffic_secret; /* n bytes */
    uint8_t *next_secret;          /* n bytes; with n_updates 0 NULL, or LANEKDF_ERROR_CONFLICT */
    uint8_t *keys;                 /* a block */
};

/*
 * RFC 8446 section 7.5, with an exporter secret or an early one:
 *
 *   out = HKDF-Expand-Label(Derive-Secret(exporter_master_secret, label, ""), "exporter",
 *                           Hash(context), length of out)
 *
 * No context and one of no bytes are the same here.
 */
struct lanekdf_tls13_exporter {
    struct lanekdf_job job;
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t version; /* enum lanekdf_version */
    /* One of the two is given, the other is NULL; LANEKDF_ERROR_CONFLICT otherwise. */
    const uint8_t *exporter_master_secret; /* n bytes */
    const struct lanekdf_prepared_secret *prepared_exporter_master_secret;
    struct lanekdf_bytes label;   /* 1 .. LANEKDF_MAX_LABEL bytes, without the prefix */
    struct lanekdf_bytes context; /* 0 .. LANEKDF_MAX_CONTEXT bytes */
    struct lanekdf_span out;      /* 1 .. 255 * n bytes */
};

/*
 * RFC 9258 section 5.1, the import of an external PSK:
 *
 *   ImportedIdentity = uint16(length of identity) + identity + uint16(length of context) + context +
 *                      uint16(target_protocol) + uint16(target_kdf)
 *   imported_psk     = HKDF-Expand-Label(HKDF-Extract(0, psk), "derived psk", Hash(ImportedIdentity),
 *                                        length of the target's hash)
 *
 * The prefix of the label is "tls13 " whatever the target, since RFC 9258 has the formula of RFC 8446 and
 * leaves it to target_protocol to tell targets apart. LANEKDF_ERROR_VERSION and LANEKDF_ERROR_HASH: a target
 * of another protocol or KDF than those below.
 */
struct lanekdf_tls13_psk_import {
    struct lanekdf_job job;
    uint32_t hash;            /* enum lanekdf_hash: the hash of the external PSK, LANEKDF_SHA256 by default */
    uint16_t target_protocol; /* 0x0304 or 0xfefc */
    uint16_t target_kdf;      /* 1: HKDF_SHA256, 2: HKDF_SHA384 (RFC 9258 section 10) */
    struct lanekdf_bytes psk; /* 1 .. LANEKDF_MAX_SECRET bytes */
    struct lanekdf_bytes identity; /* 1 .. LANEKDF_MAX_CONTEXT bytes */
    struct lanekdf_bytes context;  /* 0 .. LANEKDF_MAX_CONTEXT bytes */
    uint8_t *imported_psk;         /* 32 bytes with target_kdf 1, 48 with 2; not optional */
};

/*
 * RFC 9849 section 7.2, the confirmation that a server has accepted ECH. label is "ech accept confirmation"
 * or "hrr ech accept confirmation":
 *
 *   confirmation = HKDF-Expand-Label(HKDF-Extract(0, inner_random), label, transcript_hash, 8)
 */
struct lanekdf_ech_confirmation {
    struct lanekdf_job job;
    uint32_t hash;           /* enum lanekdf_hash */
    uint32_t version;        /* LANEKDF_TLS13 or any other that has a stage */
    uint32_t is_hello_retry; /* 0: of ServerHello; 1: of HelloRetryRequest; else LANEKDF_ERROR_RESERVED */
    uint32_t reserved;
    const uint8_t *inner_random;    /* 32 bytes: the random of ClientHelloInner */
    const uint8_t *transcript_hash; /* n bytes */
    uint8_t *confirmation;          /* LANEKDF_ECH_CONFIRMATION_LEN bytes; not optional */
};

/*
 * RFC 9001 section 5.2, the keys of Initial packets, with SHA-256 and AES-128-GCM; n is 32:
 *
 *   initial_secret        = HKDF-Extract(initial_salt, connection_id)
 *   client_initial_secret = HKDF-Expand-Label(initial_secret, "client in", "", 32)
 *   server_initial_secret = HKDF-Expand-Label(initial_secret, "server in", "", 32)
 */
struct lanekdf_quic_initial {
    struct lanekdf_job job;
    uint32_t version; /* LANEKDF_QUIC_V1 or LANEKDF_QUIC_V2 */
    uint32_t reserved;
    struct lanekdf_bytes connection_id; /* 0 .. 20 bytes: the destination of the client's first packet */
    /* Outputs. A side of which nothing is wanted is not derived. */
    uint8_t *client_initial_secret; /* 32 bytes */
    uint8_t *server_initial_secret;
    uint8_t *client_keys; /* LANEKDF_QUIC_INITIAL_KEYS_LEN bytes: a block of key, IV, header protection key */
    uint8_t *server_keys;
};

/*
 * RFC 5869:
 *
 *   prk = HKDF-Extract(salt, input)
 *   out = HKDF-Expand(prk, info, length of out)
 *
 * Either extract is run, then expand if out is not empty; or, with a known PRK, expand alone.
 */
struct lanekdf_hkdf {
    struct lanekdf_job job;
    uint32_t hash;                     /* enum lanekdf_hash */
    uint32_t flags;                    /* LANEKDF_HKDF_EXTRACT, or 0 for a known PRK */
    struct lanekdf_bytes salt;         /* 0 .. LANEKDF_MAX_SECRET bytes; empty is the same as n zeros */
    const struct lanekdf_bytes *input; /* the input keying material: n_input pieces, in order */
    size_t n_input;                    /* 0 .. LANEKDF_MAX_PIECES */
    /* Without the flag one of the two is given, and salt and input are empty; with it neither:
     * LANEKDF_ERROR_CONFLICT otherwise. */
    struct lanekdf_bytes prk; /* 1 .. LANEKDF_MAX_SECRET bytes */
    const struct lanekdf_prepared_secret *prepared_prk;
    const struct lanekdf_bytes *info; /* n_info pieces, in order; LANEKDF_MAX_SEED bytes at most */
    size_t n_info;                    /* 0 .. LANEKDF_MAX_PIECES */
    /* Outputs; a job asks for at least one. Those of an extract are NULL without the flag:
     * LANEKDF_ERROR_CONFLICT. */
    uint8_t *prk_out;                                 /* n bytes, of an extract; NULL: not wanted */
    struct lanekdf_prepared_secret *prepared_prk_out; /* of an extract; NULL: not wanted */
    struct lanekdf_span out;                          /* 0 .. 255 * n bytes; empty: extract alone */
};
enum { LANEKDF_HKDF_EXTRACT = 1 };

/* One call of HKDF-Expand-Label. */
struct lanekdf_label {
    struct lanekdf_bytes label;   /* 0 .. LANEKDF_MAX_LABEL bytes, without the prefix */
    struct lanekdf_bytes context; /* 0 .. 255 bytes */
    struct lanekdf_span out;      /* 1 .. 255 * n bytes */
};

/* HKDF-Expand-Label of one secret, for up to LANEKDF_MAX_LABELS labels. */
struct lanekdf_expand_label {
    struct lanekdf_job job;
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t version; /* enum lanekdf_version, for the prefix */
    /* One of the two is given: a secret of 1 .. LANEKDF_MAX_SECRET bytes, or a prepared one, and secret is
     * empty then. LANEKDF_ERROR_CONFLICT otherwise. */
    struct lanekdf_bytes secret;
    const struct lanekdf_prepared_secret *prepared_secret;
    size_t n_labels;                /* 1 .. LANEKDF_MAX_LABELS */
    struct lanekdf_label labels[8]; /* the first n_labels count */
};

enum {
    LANEKDF_MAX_HASH_LEN = 64,  /* bytes: n of any hash */
    LANEKDF_MAX_KEYS_LEN = 256, /* bytes: a block of keys of any suite and version */
    LANEKDF_MAX_LABELS = 8,     /* of an EXPAND_LABEL job */
    LANEKDF_MAX_LABEL = 249,    /* bytes: 255 with the prefix */
    LANEKDF_MAX_UPDATES = 65535,
    LANEKDF_MAX_CONNECTION_ID = 20,     /* bytes, RFC 9000 section 17.2 */
    LANEKDF_QUIC_INITIAL_KEYS_LEN = 44, /* bytes: 16 + 12 + 16 */
    LANEKDF_ECH_CONFIRMATION_LEN = 8    /* bytes */
};

/* Bytes of the block of one direction that a stage's lengths ask for; it is computed from hash, version,
 * key_len, iv_len and, of a TRAFFIC job, n_updates, so the job need not have run. 0 if stage is no job of the
 * kinds EARLY, HANDSHAKE, APPLICATION, TRAFFIC (of TLS 1.3) and QUIC_INITIAL, or NULL, or of a version that
 * no stage has. */
LANEKDF_API size_t lanekdf_tls13_key_block_len(const struct lanekdf_job *stage);

/*
 * A key of such a stage as a span of its blocks: the key with which `role` writes and the other side reads,
 * and the key with which it reads. Of LANEKDF_KIND_TLS13_TRAFFIC, which has one direction, both functions
 * give the same for both roles. {NULL, 0} for a key that the stage does not have (a finished key anywhere but
 * in the handshake stage, a number key in TLS, a server's key of the early stage), for an argument out of
 * range and where the pointer of the block is NULL.
 */
LANEKDF_API struct lanekdf_span lanekdf_tls13_write_key(
    const struct lanekdf_job *stage, enum lanekdf_role role, enum lanekdf_purpose purpose);
LANEKDF_API struct lanekdf_span lanekdf_tls13_read_key(
    const struct lanekdf_job *stage, enum lanekdf_role role, enum lanekdf_purpose purpose);

/*
 * Sets what the suite decides in a stage: version, hash and, where the stage has keys, key_len and iv_len;
 * nothing else. Kinds: EARLY, HANDSHAKE, APPLICATION, RESUMPTION, TRAFFIC, EXPORTER, FINISHED of TLS 1.3,
 * which has no version, and EXPAND_LABEL and ECH_CONFIRMATION. Returns LANEKDF_OK or, with the job as it was,
 *
 *   LANEKDF_ERROR_SUITE_VERSION  suite is none of TLS 1.3, or QUIC cannot have it (RFC 9001 section 5.3):
 *                                TLS_AES_128_CCM_8_SHA256, and those of RFC 9150, which have no header
 *                                protection
 *   LANEKDF_ERROR_VERSION        version is none of TLS 1.3, DTLS 1.3 and QUIC
 *   LANEKDF_ERROR_KIND           a job of another kind
 *   LANEKDF_ERROR_NULL           stage or suite is NULL
 *
 * DTLS 1.3 does not encrypt record numbers with a suite of RFC 9150 (section 9): the number key of its blocks
 * is of no use then.
 */
LANEKDF_API int lanekdf_tls13_set_suite(
    struct lanekdf_job *stage, uint32_t version, const struct lanekdf_suite *suite);

/*
 * Verification in service. With verify_one_in = n in the options, one job in n of those that succeed is
 * derived a second time, by a kernel of another instruction set or, where there is none, by the reference:
 * the text of the RFCs in plain C, which shares no kernel, program or staging with the rest. Digests of the
 * outputs of both are compared in constant time. If they differ, the reference decides which is right, and
 *
 *   - a kernel that was wrong is taken out of service until the process ends: for all contexts, from their
 *     next call on, for lanekdf_derive_one and for HMACs that run. A family of hashes that has no kernel left
 *     for one job is served by the reference, which is some twenty times as slow (an HMAC that runs is then
 *     refused with LANEKDF_ERROR_FAULT);
 *   - all jobs of the call are derived again on the kernels that are left, and verified as before. A job that
 *     is wrong even then fails with LANEKDF_ERROR_FAULT, its outputs zeroed, and all others are derived once
 *     more;
 *   - on_fault is called, once for each kernel that this call took out of service.
 *
 * Where a batch ran on several kernels, those are taken out that give the job wrong once more, each alone;
 * if none does, all of them, as nobody can tell which one it was. (A job with MD5 and SHA-1 that
 * lanekdf_derive_one gave wrong takes out the kernels of both.)
 *
 * Which jobs. A context verifies one of each n jobs that it is given in a row, at a place that changes.
 * lanekdf_derive_one verifies any job with a probability of 1 in n. Both go by a count that begins at another
 * place in each process; nothing of a job decides. So a job that repeats is verified in its turn, nobody who
 * chooses what a job is made of chooses whether it is verified, and jobs of all kinds are verified alike.
 *
 * What is covered. Every kind of job, all of its outputs, prepared secrets and tickets included, of any
 * length. A prepared secret of the caller's is taken to be right, and so are inputs, which nobody may change
 * while a call runs. Jobs that fail are not verified. A caller who breaks these rules, or has outputs of two
 * jobs overlap each other or another job's inputs, makes right kernels look wrong: they are taken out of
 * service for the process, and jobs fail with LANEKDF_ERROR_FAULT.
 *
 * A second kernel runs the same program as the first. What went wrong when the program was made, its
 * constants above all, is found where the reference derives a second time, and else not.
 *
 * HMACs that run are not covered: what is judged is a whole derivation from its inputs, and none of their
 * calls has the whole message. They run the kernels of lanekdf_derive_one, and lose one that a job has found
 * to be wrong; in a process that has no jobs, nothing is verified. An HMAC that must be is an HMAC job.
 *
 * Cost. With 0, the default, none. A job that is verified takes about as long again as lanekdf_derive_one on
 * the slower kernel, and the two digests; with n = 1024 that is less than 3 % of a batch of 256
 * (docs/performance.md), and no more of smaller ones: a call of whose jobs none is chosen goes the same way
 * as without. No memory is allocated, and LANEKDF_ONE_STACK holds; in a context, too, the second
 * derivation lies on the stack, as that of lanekdf_derive_one. It is wiped alike.
 */
struct lanekdf_fault {
    size_t size;          /* of this struct, which grows at its end */
    const char *kernel;   /* the name of the kernel; static */
    const char *family;   /* the compression function: "sha256", "sha512", "md5" or "sha1"; static */
    uint32_t n_left;      /* kernels of the family that can still be used here */
    uint32_t n_withdrawn; /* kernels that the process has taken out of service so far */
};

/*
 * Options grow from release to release, at their end. A call takes them in the size of
 * any release up to its own, and reads no more bytes than that; members that the caller's
 * struct does not have yet count as 0. LANEKDF_ERROR_OPTIONS if size is any other.
 */
struct lanekdf_options {
    size_t size; /* sizeof(struct lanekdf_options) */
    /* A kernel by name, which then serves all hashes of its family; NULL: the kernel that
     * the environment variable LANEKDF_KERNEL names or, without it, the measured choice.
     * (LANEKDF_KERNEL is ignored in set-user-ID programs.) */
    const char *kernel;
    /* The widest vectors to use, in bits: 128, 256 or 512; 0: no limit. 256 keeps out the
     * 512-bit code, which slows down a neighbour on some CPUs. */
    uint32_t max_vector_width;
    /* enum lanekdf_legacy, or-ed: what jobs may use that say nothing of their own; 0: TLS 1.2
     * as RFC 9325 would have it. */
    uint32_t legacy;
    /* Of so many jobs one is verified, as said above; 0: none, 1: every one. */
    uint32_t verify_one_in;
    uint32_t reserved; /* 0 */
    /* Is told of a kernel that was taken out of service, in the thread and at the end of the call that found
     * it to be wrong, when all that is secret is wiped; NULL: nobody. It gets no bytes of jobs. It may call
     * every function but those on the context of that call, and must return. `user` is the caller's own. */
    void (*on_fault)(void *user, const struct lanekdf_fault *fault);
    void *user;
};

/*
 * Start-up: finds out what the CPU has, tests every kernel against known answers,
 * measures them (10 ms of CPU time at most) and sets the options that lanekdf_derive_one
 * obeys from then on. Once per process; it may be called any number of times, from any
 * thread, and is done with default options by the first call that needs it if nobody did
 * it: that of a function for contexts or of a query. (One job by itself needs less, see
 * lanekdf_start_one.) Call it before fork to share the work.
 *
 * No call waits for another one: threads that start up at the same time all do the work, and
 * what the first of them has found is put in force. So a child that was forked in the middle
 * of a start-up, and a signal handler that interrupts one, may call any function. Such a call
 * needs 300 KB of memory from the system, and has LANEKDF_ERROR_MEMORY if it gets none.
 *
 * options may be NULL: what is in force already, else defaults. Returns LANEKDF_OK;
 * LANEKDF_ERROR_OPTIONS or LANEKDF_ERROR_KERNEL if they (or LANEKDF_KERNEL) cannot be
 * honoured, in which case every later call that would use them fails with the same; or
 * LANEKDF_ERROR_STARTED if start-up was done before with other options.
 */
LANEKDF_API int lanekdf_start(const struct lanekdf_options *options);

/*
 * Start-up for a process that derives one job at a time, of which many live too short to be worth more: tests
 * the kernels for one job and measures what it takes on them, in 1 ms of CPU time at most. lanekdf_derive_one
 * and HMACs that run need no more, and their first call does it if nobody did. It has no options: jobs that
 * say nothing of their own get what TLS 1.2 has by RFC 9325, until lanekdf_start() says otherwise. Both may
 * be called in any order and by parts of a program that know nothing of each other; whatever needs the rest
 * of start-up does the rest.
 *
 * Returns LANEKDF_OK, LANEKDF_ERROR_KERNEL if LANEKDF_KERNEL cannot be honoured, or what lanekdf_start()
 * found, if that was called.
 */
LANEKDF_API int lanekdf_start_one(void);

/*
 * One job, at once, without a context: for event loops and providers. Re-entrant;
 * after start-up, for which lanekdf_start_one() does, no allocation, no lock, no thread-local, no system
 * call; at most LANEKDF_ONE_STACK bytes of stack, unless the library was compiled without optimisation or
 * with -fstack-protector-all; usable after fork and chroot. Returns job->status.
 *
 * One job at a time runs on a kernel of one lane: a wider one that lanekdf_start
 * was told to use is for contexts, and this call then takes the fastest of one
 * lane. The arena is on the stack: wiped, but not locked into memory.
 */
#ifdef __s390x__ /* whose ABI has larger frames */
#define LANEKDF_ONE_STACK 12288
#else
#define LANEKDF_ONE_STACK 8192
#endif
LANEKDF_API int lanekdf_derive_one(struct lanekdf_job *job);

/* A context is the memory that batches are derived in, allocated once: at most
 * LANEKDF_CONTEXT_BYTES. */
#define LANEKDF_CONTEXT_BYTES 458752
typedef struct lanekdf_context lanekdf_context;

/*
 * Makes a context; options may be NULL (those of lanekdf_start). Its memory is
 * locked and kept out of core dumps where the system allows. A forked child may go
 * on with a context of its parent, but inherits no secret with it, even if another
 * thread is deriving then, where the system has MADV_WIPEONFORK and pages of 4 KB. (What
 * such a thread has on its stack in lanekdf_derive_one, or in a batch while a job of it
 * is verified as verify_one_in asks, a child does inherit.) Returns LANEKDF_OK, or
 * LANEKDF_ERROR_MEMORY, LANEKDF_ERROR_OPTIONS or LANEKDF_ERROR_KERNEL, and *context is
 * NULL then.
 */
LANEKDF_API int lanekdf_context_new(lanekdf_context **context, const struct lanekdf_options *options);

/* Zeroes and frees a context; NULL is fine. */
LANEKDF_API void lanekdf_context_free(lanekdf_context *context);

/*
 * Derives all jobs, sets every job's status and returns how many failed. jobs are
 * n_jobs pointers, none of them NULL, each job in the array once; the order has no
 * meaning. Allocates nothing.
 */
LANEKDF_API size_t lanekdf_context_derive(
    lanekdf_context *context, struct lanekdf_job *const *jobs, size_t n_jobs);

/*
 * An HMAC that runs: HMAC_hash(key, message) of RFC 2104 and FIPS 198-1 while the message comes, in pieces of
 * any lengths, as record protection and protocols have it.
 *
 *     status = lanekdf_hmac_start(&state, LANEKDF_SHA256, &prepared_key);
 *     lanekdf_hmac_update(&state, header);
 *     lanekdf_hmac_update(&state, payload);
 *     status = lanekdf_hmac_finish(&state, tag);
 *     lanekdf_hmac_restart(&state);                   the next message, with the same key
 *
 * The state is the caller's, of any storage, and has no pointer: it may be copied as bytes between any two
 * calls, and both then go on by themselves, so that the HMACs of messages which begin alike need that
 * beginning hashed once. It keeps a copy of what it needs of the prepared key, which may be cleared after
 * lanekdf_hmac_start(). A state is as secret as the key: clear it when it has served. Its content may differ
 * from version to version of lanekdf: do not store it. Its size never changes.
 *
 * The calls allocate nothing and keep nothing; they take LANEKDF_ONE_STACK bytes of stack at most, and may be
 * made after fork and chroot. A state belongs to one thread at a time, and states share nothing. No branch
 * and no address depends on a byte of key or message; lengths are public. Before a call returns, the stack
 * below and the registers are zeroed. The message is read where it lies; what fills no block yet, at
 * most 127 bytes, waits in the state.
 *
 * Each update takes the time of a call and a compression for each block that it fills; finish takes two, or
 * three where the last block has no room for the padding: 9 bytes, or 17 with SHA-384 and SHA-512.
 *
 * The statuses, besides those of lanekdf_start_one():
 *
 *   LANEKDF_ERROR_NULL       a pointer is NULL, but for that of a piece of length 0
 *   LANEKDF_ERROR_HASH       hash is none of enum lanekdf_hash, or LANEKDF_MD5_SHA1
 *   LANEKDF_ERROR_PREPARED   prepared_key is not a prepared secret, or one of another hash
 *   LANEKDF_ERROR_STATE      the state was never started, or is finished and not restarted
 *   LANEKDF_ERROR_LENGTH     out has no length, or more than the digest; a message of 2^60 bytes or more
 *   LANEKDF_ERROR_OVERLAP    an argument overlaps the state
 *
 * A call that fails leaves the state as it was, but that lanekdf_hmac_start() zeroes it, unless its key
 * overlaps it.
 */
struct lanekdf_hmac_state {
    uint64_t opaque[56];
};

/* Begins a message. MD5 and SHA-1 need no permission here: the job that prepared the key had it. */
LANEKDF_API int lanekdf_hmac_start(
    struct lanekdf_hmac_state *state, uint32_t hash, const struct lanekdf_prepared_secret *prepared_key);

/* Adds a piece to the message, of any length; of length 0 it changes nothing. */
LANEKDF_API int lanekdf_hmac_update(struct lanekdf_hmac_state *state, struct lanekdf_bytes piece);

/*
 * Ends the message: out becomes the leftmost bytes of the HMAC, 1 to as many as the digest has. What was left
 * of the message in the state is zeroed, and the key stays. A call that fails zeroes out, unless that
 * overlaps the state or is longer than LANEKDF_MAX_OUT.
 */
LANEKDF_API int lanekdf_hmac_finish(struct lanekdf_hmac_state *state, struct lanekdf_span out);

/* Begins the next message with the same key. A message that is not finished is given up. */
LANEKDF_API int lanekdf_hmac_restart(struct lanekdf_hmac_state *state);

/* Zeroes a state, in a way that the compiler cannot leave out. NULL is fine. */
LANEKDF_API void lanekdf_hmac_state_clear(struct lanekdf_hmac_state *state);

/*
 * Pre-master secrets: what a key exchange gave, as the bytes that the
 * pre_master_secret of a handshake takes.
 *
 *   RSA                            lanekdf_pre_master_rsa or .._rsa_message
 *   DH, DHE, SRP                   lanekdf_pre_master_dh
 *   ECDH, ECDHE                    lanekdf_pre_master_ecdh, .._x25519, .._x448
 *   PSK                            lanekdf_pre_master_psk
 *   DHE_PSK, ECDHE_PSK, RSA_PSK    the same as without PSK; then, with what
 *                                  that gave, lanekdf_pre_master_psk_with
 *
 * The public-key operation, the checks of the peer's public key included, is the
 * caller's. For SSL 3.0 to TLS 1.2; TLS 1.3 has no pre-master secret, but a shared secret,
 * see below.
 *
 * All of them return LANEKDF_OK or
 *
 *   LANEKDF_ERROR_NULL     a pointer is NULL whose length is not 0
 *   LANEKDF_ERROR_LENGTH   not a length that is said below
 *   LANEKDF_ERROR_OVERLAP  the output overlaps an input
 *   LANEKDF_ERROR_SECRET   where it is said below
 *
 * and the output is then zeroed (unless it overlaps or is longer than
 * LANEKDF_MAX_SECRET). They allocate nothing, keep nothing, may be called from any
 * number of threads at once, and need no start-up. No branch and no address depends
 * on the bytes of an input: lengths and the status alone are visible. The stack
 * below and the registers are zeroed; the inputs and the output are the caller's to
 * erase, "once the master_secret has been computed" (RFC 5246 section 8.1).
 */

enum { /* bytes, RFC 5246 section 7.4.7.1 */
    LANEKDF_PRE_MASTER_RSA_LEN = 48,
    LANEKDF_PRE_MASTER_RANDOM_LEN = 46
};

/*
 * RSA, for a server: 48 bytes of pre_master_secret from the decrypted but not yet
 * decoded block, encoded = 00 02 PS 00 M (RFC 8017 section 7.2), as long as the
 * modulus: 59 .. LANEKDF_MAX_SECRET bytes, leading zero included.
 *
 *   pre_master_secret = client_version + M[2..47]   if the padding is right and M
 *                                                   has 48 bytes,
 *                     = client_version + random     else,
 *
 * the construction that RFC 5246 section 7.4.7.1 recommends: nobody can tell the two
 * apart before the Finished messages, so the block is no oracle for Bleichenbacher's
 * attack. For the same reason there is no error for wrong padding, and none for a wrong
 * version in M: the secret is then one that the client does not have.
 *
 * client_version: of ClientHello, the version that was offered, not the one agreed on.
 * random: 46 bytes, fresh from a random generator for every call, whether they
 * will be needed or not.
 */
LANEKDF_API int lanekdf_pre_master_rsa(
    struct lanekdf_bytes encoded, uint16_t client_version, const uint8_t *random, uint8_t *pre_master_secret);

/*
 * The same from a message of 48 bytes that something else decoded; good is not 0 if the
 * padding was right and the message had 48 bytes. Whoever decodes must keep that as
 * secret as the message: no branch on it, no error, and 48 bytes to read in any case.
 */
LANEKDF_API int lanekdf_pre_master_rsa_message(const uint8_t *message, uint32_t good, uint16_t client_version,
    const uint8_t *random, uint8_t *pre_master_secret);

/*
 * DH and DHE: the shared secret Z, big-endian, without its leading zero bytes (RFC 5246
 * section 8.1.2; RFC 4279 section 3 says the same of DHE_PSK). SRP as well: its premaster
 * secret is an integer, whose first byte is not zero as bytes (RFC 5054 sections 2.1, 2.6).
 *
 * shared_secret: 1 .. LANEKDF_MAX_SECRET bytes, best at the width of the prime.
 * pre_master_secret: in, room of exactly as many bytes; out, len is what is left. The room
 * behind it is zeroed. LANEKDF_ERROR_SECRET, and len 0, if Z is 0.
 *
 * Stripping takes the same time whatever the bytes are. But how many are left is a
 * property of the secret, and lanekdf treats a length as public: it copies that many
 * bytes, and hashes that many blocks. With a prime of 2048, 3072 or 4096 bits the
 * blocks are one fewer from 9 zero bytes on (17 with SHA-384). That is how TLS 1.2 is
 * defined, and what the Raccoon attack measures on servers that use a DH key more than
 * once. Against it: a fresh key for each handshake (RFC 7919 section 5.1 has the
 * checks that DH needs), and better no DHE and no DH at all (RFC 9325 section 4.1).
 */
LANEKDF_API int lanekdf_pre_master_dh(
    struct lanekdf_bytes shared_secret, struct lanekdf_span *pre_master_secret);

/*
 * ECDH and ECDHE on curves with points (x, y): the x-coordinate of the shared point,
 * big-endian, with its leading zeros (RFC 8422 section 5.10). The length of
 * pre_master_secret is that of a field element: 32 for secp256r1, 48 for secp384r1, 66
 * for secp521r1. x: 1 byte to as many, padded on the left where it is shorter; its length
 * is not hidden, so ask for all of the width where that can be had.
 */
LANEKDF_API int lanekdf_pre_master_ecdh(struct lanekdf_bytes x, struct lanekdf_span pre_master_secret);

/*
 * ECDH and ECDHE with X25519 or X448: the 32 or 56 bytes as the function gives them
 * (RFC 7748 section 5, little-endian), nothing stripped.
 * LANEKDF_ERROR_SECRET if all are zero: RFC 8422 section 5.11 says to abort then.
 */
LANEKDF_API int lanekdf_pre_master_x25519(const uint8_t *shared_secret, uint8_t *pre_master_secret);
LANEKDF_API int lanekdf_pre_master_x448(const uint8_t *shared_secret, uint8_t *pre_master_secret);

/*
 * PSK (RFC 4279 section 2): length of psk + as many zeros + length of psk + psk, each
 * length in two bytes. The length of pre_master_secret is exactly 4 + 2 * psk.len,
 * LANEKDF_MAX_SECRET at most.
 */
LANEKDF_API int lanekdf_pre_master_psk(struct lanekdf_bytes psk, struct lanekdf_span pre_master_secret);

/*
 * DHE_PSK, ECDHE_PSK and RSA_PSK: length of other_secret + other_secret + length of psk +
 * psk, where other_secret is the pre-master secret of DHE (RFC 4279 section 3), ECDHE (RFC
 * 5489 section 2) or RSA (RFC 4279 section 4) from above. The length of pre_master_secret is
 * exactly 4 + other_secret.len + psk.len, LANEKDF_MAX_SECRET at most.
 */
LANEKDF_API int lanekdf_pre_master_psk_with(
    struct lanekdf_bytes other_secret, struct lanekdf_bytes psk, struct lanekdf_span pre_master_secret);

/*
 * Shared secrets of TLS 1.3, DTLS 1.3 and QUIC (RFC 8446 section 7.4): what a key exchange gave, as the bytes
 * that the shared_secret of a handshake stage takes.
 *
 *   secp256r1, secp384r1, secp521r1    lanekdf_pre_master_ecdh: the bytes are the same
 *   X25519, X448                       lanekdf_pre_master_x25519, .._x448: the same, zeros are refused
 *   ffdhe2048 and larger               lanekdf_shared_secret_dh
 *   X25519MLKEM768 and other hybrids   lanekdf_shared_secret_hybrid, with what ECDH or X25519 gave
 *   MLKEM768 and others by themselves  the 32 bytes that decapsulation or encapsulation gave, as they are
 *
 * What is said of pre-master secrets above, on errors, threads and traces, holds for these functions, too.
 * The inputs and the output are the caller's to erase once the handshake stage has run.
 */

/*
 * Finite-field groups: the shared secret Z, big-endian, *with* its leading zeros (RFC 8446 section 7.4.1),
 * where TLS 1.2 strips them. The length of shared_secret is that of the prime: 256 for ffdhe2048, 384 for
 * ffdhe3072. z: 1 byte to as many, padded on the left where it is shorter; its length is not hidden, so ask
 * for all of the width where that can be had. LANEKDF_ERROR_SECRET if Z is 0.
 */
LANEKDF_API int lanekdf_shared_secret_dh(struct lanekdf_bytes z, struct lanekdf_span shared_secret);

/* Hybrid groups of ML-KEM and ECDH, by their number in the IANA registry "TLS Supported Groups":
 * draft-ietf-tls-ecdhe-mlkem. */
enum lanekdf_hybrid_group {
    LANEKDF_SECP256R1MLKEM768 = 0x11eb,
    LANEKDF_X25519MLKEM768 = 0x11ec,
    LANEKDF_SECP384R1MLKEM1024 = 0x11ed
};

/*
 * The two secrets of a hybrid group in the order in which the group concatenates them: ML-KEM first in
 * X25519MLKEM768, ECDH first in the other two. pieces is the shared_secret of a handshake stage, or room like
 * it; it gets pointers to ml_kem and ecdh, and no byte is copied.
 *
 * ml_kem: 32 bytes. ecdh: 32 bytes, or 48 with secp384r1, as the functions above give them.
 * LANEKDF_ERROR_GROUP if group is none of enum lanekdf_hybrid_group; LANEKDF_ERROR_SECRET if ecdh is of
 * X25519 and zeros alone. Both pieces are of length 0 after an error.
 */
LANEKDF_API int lanekdf_shared_secret_hybrid(
    uint16_t group, struct lanekdf_bytes ml_kem, struct lanekdf_bytes ecdh, struct lanekdf_bytes pieces[2]);

/* A status in words; never NULL, and static. */
LANEKDF_API const char *lanekdf_status_text(int status);

/* "0.1.0"; static. */
LANEKDF_API const char *lanekdf_version_text(void);

/*
 * What start-up found out, for people and logs. All of these start up first if
 * that has not been done; all texts are static.
 */

enum lanekdf_kernel_state {
    LANEKDF_KERNEL_USABLE = 0,
    LANEKDF_KERNEL_UNSUPPORTED = 1, /* this CPU or its operating system lacks `missing` */
    LANEKDF_KERNEL_FAULTY = 2,      /* failed its known-answer test: never used */
    LANEKDF_KERNEL_EXCLUDED = 3,    /* usable, but the options of lanekdf_start keep it out */
    LANEKDF_KERNEL_WITHDRAWN = 4    /* was wrong in service (verify_one_in): not used any more */
};

/* Grows like struct lanekdf_options: a query writes as many bytes as `size` says, which
 * may be the size of any release up to its own. */
struct lanekdf_kernel {
    size_t size;             /* in: sizeof(struct lanekdf_kernel) */
    const char *name;        /* "sha256_avx2": what LANEKDF_KERNEL takes */
    const char *description; /* one line */
    const char *missing;     /* CPU features that it lacks here, "" if none */
    uint32_t state;          /* enum lanekdf_kernel_state */
    uint32_t lanes;          /* jobs in lockstep */
    uint32_t vector_width;   /* bits */
    uint32_t block_len;      /* bytes hashed by one compression */
    const char *family;      /* the compression function: "sha256", "sha512", "md5" or "sha1" */
};

/* The CPU's features that kernels ask for and the operating system allows, as
 * words; "" if none. */
LANEKDF_API const char *lanekdf_cpu_text(void);

/* Kernel `index`, counted from 0. LANEKDF_OK, or LANEKDF_ERROR_LENGTH if there is
 * none of that index, or LANEKDF_ERROR_OPTIONS if size is that of no release;
 * *kernel is then left as it is. */
LANEKDF_API int lanekdf_kernel_query(size_t index, struct lanekdf_kernel *kernel);

/*
 * How full the table of programs is. Jobs of one shape, that is of the same outputs, hash and
 * numbers of blocks, share a program, which is made when the first of them comes and stays;
 * lanekdf_start() makes those of common handshakes. A shape that finds no room is derived without
 * one, which takes a multiple of the time. So that peers who choose lengths cannot take the room,
 * programs with a message of more than four blocks have a quarter of it, and those of one step of
 * a derivation with one hash an eighth.
 */
struct lanekdf_programs {
    size_t size;           /* in: sizeof(struct lanekdf_programs); grows like struct lanekdf_kernel */
    uint32_t n_programs;   /* made so far */
    uint32_t max_programs; /* for so many there is room */
    uint32_t n_long;       /* of n_programs: with a message of more than four blocks */
    uint32_t max_long;
};

/* LANEKDF_OK, or LANEKDF_ERROR_OPTIONS if size is that of no release; *programs is then left as it is. */
LANEKDF_API int lanekdf_programs_query(struct lanekdf_programs *programs);

/* Nanoseconds for one compression of each of n_jobs jobs (1 or more) of one shape on
 * kernel `index`, all together, as measured with the loading, storing and wiping of all
 * lanes: one that stays empty costs as much as a full one. 0 if start-up found it not usable. */
LANEKDF_API double lanekdf_kernel_cost(size_t index, size_t n_jobs);

/* Which kernel takes the next jobs when n_jobs (1 or more) of one shape wait, and
 * through *n_taken (may be NULL) how many of them. This is what the costs above
 * give to within a few percent, which count as equal, under the options of
 * lanekdf_start; (size_t)-1 if those cannot be honoured or the hash is unknown. */
LANEKDF_API size_t lanekdf_kernel_choice(enum lanekdf_hash hash, size_t n_jobs, size_t *n_taken);

/* What verification in service has found so far, in all contexts and calls of this process. Grows like struct
 * lanekdf_kernel. */
struct lanekdf_verification {
    size_t size;          /* in: sizeof(struct lanekdf_verification) */
    uint64_t n_verified;  /* jobs that were derived a second time */
    uint64_t n_wrong;     /* of these, those whose first derivation was wrong */
    uint64_t n_failed;    /* jobs that failed with LANEKDF_ERROR_FAULT for it */
    uint32_t n_withdrawn; /* kernels that are out of service; lanekdf_kernel_query() tells which */
    uint32_t reserved;    /* 0 */
};

/* Costs some loads, and does not start up. Jobs of calls that run meanwhile may count or not. LANEKDF_OK, or
 * LANEKDF_ERROR_OPTIONS, and *verification is left as it is, if size is that of no release. */
LANEKDF_API int lanekdf_verification_query(struct lanekdf_verification *verification);

#ifdef __cplusplus
}
#endif
#endif
