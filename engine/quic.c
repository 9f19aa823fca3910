/* QUIC_INITIAL jobs: the keys of Initial packets, RFC 9001 section 5.2 and RFC 9369 section 3.3. */
#include "tls13.h"

/* Initial packets have the AEAD and the hash of TLS_AES_128_GCM_SHA256, whatever is negotiated later. */
enum { INITIAL_KEY_LEN = 16, INITIAL_IV_LEN = 12, INITIAL_SECRET_LEN = 32, INITIAL_SALT_LEN = 20 };
_Static_assert(2 * INITIAL_KEY_LEN + INITIAL_IV_LEN == LANEKDF_QUIC_INITIAL_KEYS_LEN, "key, IV, hp");

static bool is_version_of_quic(uint32_t version)
{
    const struct protocol *protocol = protocol_find(version);
    return protocol && protocol->is_quic;
}

/* initial_salt of each version. */
static const uint8_t *initial_salt(const struct protocol *protocol)
{
    static const uint8_t version_1[INITIAL_SALT_LEN] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d,
        0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
    static const uint8_t version_2[INITIAL_SALT_LEN] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81,
        0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
    return protocol->version == LANEKDF_QUIC_V2 ? version_2 : version_1;
}

static bool initial_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_quic_initial *job = (const struct lanekdf_quic_initial *)record->job;
    shape->exact = tls13_exact(job->version, INITIAL_KEY_LEN, INITIAL_IV_LEN);
    shape_set(shape, 0, 0, 0,
        (uint8_t)((job->client_initial_secret || job->client_keys ? CLIENT_SIDE : 0) |
                  (job->server_initial_secret || job->server_keys ? SERVER_SIDE : 0) |
                  (job->client_keys || job->server_keys ? KEYS : 0)));
    return true;
}

static void initial_side(struct formula *f, const struct shape *shape, formula_value initial_secret,
    const char *label, struct place secret, struct place keys)
{
    const formula_value value = hkdf_expand_label(
        f, formula_key_digest(initial_secret), tls13_protocol(shape), label, INITIAL_SECRET_LEN);
    tls13_deliver(f, value, secret);
    if (shape->parts & KEYS) {
        tls13_keys(f, shape, formula_key_digest(value), keys, true, false);
    }
}

static void initial_formula(struct formula *f, const struct shape *shape)
{
    const int connection_id = FORMULA_MESSAGE(
        f, BYTES(JOB_SPAN(struct lanekdf_quic_initial, connection_id, LANEKDF_MAX_CONNECTION_ID)));
    const formula_value initial_secret =
        formula_hmac(f, formula_key_constant(initial_salt(tls13_protocol(shape)), INITIAL_SALT_LEN),
            formula_input(connection_id, 1));
    if (shape->parts & CLIENT_SIDE) {
        initial_side(f, shape, initial_secret, "client in",
            JOB_POINTER_IF_GIVEN(struct lanekdf_quic_initial, client_initial_secret, INITIAL_SECRET_LEN),
            JOB_POINTER_IF_GIVEN(struct lanekdf_quic_initial, client_keys, 0));
    }
    if (shape->parts & SERVER_SIDE) {
        initial_side(f, shape, initial_secret, "server in",
            JOB_POINTER_IF_GIVEN(struct lanekdf_quic_initial, server_initial_secret, INITIAL_SECRET_LEN),
            JOB_POINTER_IF_GIVEN(struct lanekdf_quic_initial, server_keys, 0));
    }
}

static const struct derivation derivation_quic_initial = {
    .name = "quic_initial", .shape = initial_shape, .formula = initial_formula};

static const struct derivation *const initial_phases[] = {&derivation_quic_initial, NULL};

KIND_INLINE void initial_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_quic_initial *job = (const struct lanekdf_quic_initial *)any;
    view_add_output(view, VIEW_IF_GIVEN(job->client_initial_secret, INITIAL_SECRET_LEN));
    view_add_output(view, VIEW_IF_GIVEN(job->server_initial_secret, INITIAL_SECRET_LEN));
    view_add_output(view, VIEW_IF_GIVEN(job->client_keys, LANEKDF_QUIC_INITIAL_KEYS_LEN));
    view_add_output(view, VIEW_IF_GIVEN(job->server_keys, LANEKDF_QUIC_INITIAL_KEYS_LEN));
    view_add_input(view, job->connection_id.data, job->connection_id.len);
}

KIND_INLINE int initial_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_quic_initial *job = (const struct lanekdf_quic_initial *)any;
    (void)hash, (void)legacy;
    if (!is_version_of_quic(job->version)) {
        return LANEKDF_ERROR_VERSION;
    }
    if (job->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    return job->connection_id.len > LANEKDF_MAX_CONNECTION_ID ||
                   !(job->client_initial_secret || job->server_initial_secret || job->client_keys ||
                       job->server_keys)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

static int initial_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    return kind_begin(&kind_quic_initial, job, LANEKDF_SHA256, record, legacy);
}

ROUTE_FUNCTIONS(initial, kind_quic_initial)

#define POINTER(member) KIND_POINTER(lanekdf_quic_initial, member)
const struct kind kind_quic_initial = {.job_bytes = sizeof(struct lanekdf_quic_initial),
    .phases = initial_phases,
    .view = initial_view,
    .check = initial_check,
    .begin = initial_begin,
    ROUTE_MEMBERS(initial),
    .optional = POINTER(client_initial_secret) | POINTER(server_initial_secret) | POINTER(client_keys) |
                POINTER(server_keys),
    .buffers = POINTER(connection_id.data),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER
