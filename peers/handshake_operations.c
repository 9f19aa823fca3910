#include "handshake_operations.h"

#include "peers_support.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

enum { RSA_BITS = 2048, DIGEST_LEN = 32, MAX_SECRET_LEN = 32, MAX_SIGNATURE_LEN = RSA_BITS / 8 };

static void must(int status, const struct handshake_operation *operation)
{
    if (status != 1) {
        peers_fail("%s: OpenSSL cannot do this here", operation->name);
    }
}

static EVP_PKEY *new_key(const struct handshake_operation *operation)
{
    EVP_PKEY *key = operation->group ? EVP_PKEY_Q_keygen(NULL, NULL, operation->algorithm, operation->group)
                    : strcmp(operation->algorithm, "RSA") == 0
                        ? EVP_PKEY_Q_keygen(NULL, NULL, operation->algorithm, (size_t)RSA_BITS)
                        : EVP_PKEY_Q_keygen(NULL, NULL, operation->algorithm);
    must(key != NULL, operation);
    return key;
}

/* --- ephemeral Diffie-Hellman --- */

struct exchange {
    const struct handshake_operation *operation;
    EVP_PKEY_CTX *key_maker;
    EVP_PKEY *peer;
};

static void *prepare_exchange(const struct handshake_operation *operation)
{
    struct exchange *s = peers_alloc(sizeof(*s));
    *s = (struct exchange){
        operation, EVP_PKEY_CTX_new_from_name(NULL, operation->algorithm, NULL), new_key(operation)};
    must(EVP_PKEY_keygen_init(s->key_maker), operation);
    if (operation->group) {
        must(EVP_PKEY_CTX_set_group_name(s->key_maker, operation->group), operation);
    }
    return s;
}

static void run_exchange(void *state)
{
    const struct exchange *s = state;
    unsigned char secret[MAX_SECRET_LEN];
    size_t secret_len = sizeof(secret);
    EVP_PKEY *key = NULL;
    must(EVP_PKEY_keygen(s->key_maker, &key), s->operation);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    must(EVP_PKEY_derive_init(context), s->operation);
    must(EVP_PKEY_derive_set_peer(context, s->peer), s->operation);
    must(EVP_PKEY_derive(context, secret, &secret_len), s->operation);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

/* --- signatures of a hash with SHA-256; of RSA those of PKCS #1 v1.5, as in TLS 1.2 --- */

struct signature {
    const struct handshake_operation *operation;
    EVP_PKEY_CTX *signer, *verifier;
    unsigned char digest[DIGEST_LEN], signature[MAX_SIGNATURE_LEN];
    size_t signature_len;
};

static void run_sign(void *state)
{
    struct signature *s = state;
    s->signature_len = sizeof(s->signature);
    must(EVP_PKEY_sign(s->signer, s->signature, &s->signature_len, s->digest, sizeof(s->digest)),
        s->operation);
}

static void run_verify(void *state)
{
    struct signature *s = state;
    must(EVP_PKEY_verify(s->verifier, s->signature, s->signature_len, s->digest, sizeof(s->digest)),
        s->operation);
}

static void *prepare_signature(const struct handshake_operation *operation)
{
    struct signature *s = peers_alloc(sizeof(*s));
    EVP_PKEY *key = new_key(operation);
    *s = (struct signature){.operation = operation,
        .signer = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL),
        .verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL),
        .digest = "the hash of a handshake"};
    must(EVP_PKEY_sign_init(s->signer), operation);
    must(EVP_PKEY_CTX_set_signature_md(s->signer, EVP_sha256()), operation);
    must(EVP_PKEY_verify_init(s->verifier), operation);
    must(EVP_PKEY_CTX_set_signature_md(s->verifier, EVP_sha256()), operation);
    run_sign(s);
    run_verify(s);
    return s;
}

const struct handshake_operation handshake_operations[] = {
    {"ecdhe-p256", "ECDHE with P-256: a key pair and the shared secret", prepare_exchange, run_exchange, "EC",
        "P-256"},
    {"ecdhe-x25519", "ECDHE with X25519: a key pair and the shared secret", prepare_exchange, run_exchange,
        "X25519", NULL},
    {"ecdsa-p256-sign", "ECDSA with P-256: a signature", prepare_signature, run_sign, "EC", "P-256"},
    {"ecdsa-p256-verify", "ECDSA with P-256: the verification of one", prepare_signature, run_verify, "EC",
        "P-256"},
    {"rsa-2048-sign", "RSA with 2,048 bits: a signature", prepare_signature, run_sign, "RSA", NULL},
    {"rsa-2048-verify", "RSA with 2,048 bits: the verification of one", prepare_signature, run_verify, "RSA",
        NULL},
};
const size_t n_handshake_operations = sizeof(handshake_operations) / sizeof(*handshake_operations);
