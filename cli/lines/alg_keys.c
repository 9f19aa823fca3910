/*
 * ssl3-keys, tls10-keys, tls12-keys and tls12-ems-keys: two derivations, of which a line may ask for either
 * or both. The master secret is derived from the pre-master secret; the key block from the line's master
 * secret if the line has one, else from the derived one.
 */
#include "algorithms.h"
#include "key_block.h"

#include <string.h>

struct keys {
    uint16_t version;
    uint32_t hash;
    bool is_extended; /* the master secret: RFC 7627 */
    bool wants_master, wants_key_block;
    struct lanekdf_bytes pms, session_hash, hello_randoms[2];
    struct lanekdf_bytes randoms[2], master;
    struct key_block block;
};

static struct lanekdf_handshake *handshake_job(struct line *line, unsigned wave, const struct keys *keys)
{
    struct lanekdf_handshake *job = line_job(line, wave, LANEKDF_KIND_HANDSHAKE, sizeof(*job));

    job->version = keys->version;
    job->hash = (uint16_t)keys->hash;
    return job;
}

static void set_randoms(struct lanekdf_handshake *job, const struct lanekdf_bytes randoms[2])
{
    job->client_random = randoms[0].data;
    job->server_random = randoms[1].data;
}

static bool read_randoms(
    struct line *line, enum field client, enum field server, struct lanekdf_bytes randoms[2])
{
    return line_bytes(line, client, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &randoms[0]) &&
           line_bytes(line, server, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &randoms[1]);
}

static bool same_randoms(const struct lanekdf_bytes a[2], const struct lanekdf_bytes b[2])
{
    return memcmp(a[0].data, b[0].data, LANEKDF_RANDOM_LEN) == 0 &&
           memcmp(a[1].data, b[1].data, LANEKDF_RANDOM_LEN) == 0;
}

static bool read_keys(struct line *line, struct keys *keys)
{
    const struct lanekdf_suite *suite;

    if (!line_hash(line, &keys->hash)) {
        return false;
    }
    if (keys->wants_master) {
        if (!line_bytes(line, FIELD_PMS, 0, LANEKDF_MAX_SECRET, &keys->pms)) {
            return false;
        }
        if (keys->is_extended ? !line_bytes(line, FIELD_SESSION_HASH, lanekdf_hash_len(keys->hash),
                                    lanekdf_hash_len(keys->hash), &keys->session_hash)
                              : !read_randoms(line, FIELD_CLIENT_HELLO_RANDOM, FIELD_SERVER_HELLO_RANDOM,
                                    keys->hello_randoms)) {
            return false;
        }
    }
    if (keys->wants_key_block) {
        if ((line_has(line, FIELD_MASTER) || !keys->wants_master) &&
            !line_bytes(
                line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN, LANEKDF_MASTER_SECRET_LEN, &keys->master)) {
            return false;
        }
        line_use(line, FIELD_MASTER);
        if (!read_randoms(line, FIELD_CLIENT_RANDOM, FIELD_SERVER_RANDOM, keys->randoms) ||
            !line_suite(line, &suite) || !key_block_plan(line, keys->version, suite, &keys->block)) {
            return false;
        }
    }
    return true;
}

static bool add_jobs(struct line *line, const struct keys *keys)
{
    struct lanekdf_handshake *job = NULL;
    const uint8_t *master = keys->master.data;

    if (keys->wants_master) {
        job = handshake_job(line, 0, keys);
        job->pre_master_secret = keys->pms;
        job->session_hash = keys->session_hash;
        job->master_secret = line_memory(line, LANEKDF_MASTER_SECRET_LEN);
        set_randoms(job, keys->is_extended ? keys->randoms : keys->hello_randoms);
        if (!line_answer(line, FIELD_MASTER, job->master_secret, LANEKDF_MASTER_SECRET_LEN)) {
            return false;
        }
    }
    if (!keys->wants_key_block) {
        return true;
    }
    /* One job derives both, unless the line has another master secret or other randoms for the key block. */
    if (!job || master || !(keys->is_extended || same_randoms(keys->hello_randoms, keys->randoms))) {
        const uint8_t *derived = job ? job->master_secret : NULL;
        job = handshake_job(line, master ? 0 : 1, keys);
        job->known_master_secret = master ? master : derived;
        set_randoms(job, keys->randoms);
    }
    return key_block_fill(line, &keys->block, job);
}

static bool fill_keys(struct line *line, uint16_t version, bool is_extended)
{
    const uint64_t hello = FIELD_BIT(FIELD_CLIENT_HELLO_RANDOM) | FIELD_BIT(FIELD_SERVER_HELLO_RANDOM);
    struct keys keys = {
        .version = version,
        .is_extended = is_extended,
        .wants_master =
            line_has_any(line, FIELD_BIT(FIELD_PMS) | (is_extended ? FIELD_BIT(FIELD_SESSION_HASH) : hello)),
        .wants_key_block = line_has_any(
            line, FIELD_BIT(FIELD_CLIENT_RANDOM) | FIELD_BIT(FIELD_SERVER_RANDOM) | KEY_BLOCK_LEN_FIELDS),
    };

    if (!keys.wants_master && !keys.wants_key_block) {
        return line_fail(line, "nothing to derive: neither pms nor master with its randoms");
    }
    return read_keys(line, &keys) && add_jobs(line, &keys);
}

bool ssl3_keys_fill(struct line *line)
{
    return fill_keys(line, LANEKDF_SSL3, false);
}

/* A line with a session hash asks for the extended master secret, which any version of TLS has. */
bool tls10_keys_fill(struct line *line)
{
    return fill_keys(line, LANEKDF_TLS10, line_has(line, FIELD_SESSION_HASH));
}

bool tls12_keys_fill(struct line *line)
{
    return fill_keys(line, LANEKDF_TLS12, false);
}

bool tls12_ems_keys_fill(struct line *line)
{
    return fill_keys(line, LANEKDF_TLS12, true);
}
