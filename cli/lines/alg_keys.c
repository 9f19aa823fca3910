/*
 * ssl3-keys, tls10-keys, tls12-keys and tls12-ems-keys: two derivations, of which a line may ask for either
 * or both. The master secret is derived from the pre-master secret; the key block from the line's master
 * secret if the line has one, else from the derived one.
 */
#include "algorithms.h"
#include "key_block.h"
#include "suite.h"

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

enum pair { OF_HELLOS, OF_KEY_BLOCK, N_PAIRS };

static const enum field random_fields[N_PAIRS][2] = {
    [OF_HELLOS] = {FIELD_CLIENT_HELLO_RANDOM, FIELD_SERVER_HELLO_RANDOM},
    [OF_KEY_BLOCK] = {FIELD_CLIENT_RANDOM, FIELD_SERVER_RANDOM},
};

static bool has_pair(const struct line *line, enum pair pair)
{
    return line_has(line, random_fields[pair][0]) || line_has(line, random_fields[pair][1]);
}

/* Reads a pair of randoms. A line that has one pair only has it for both purposes. */
static bool read_randoms(struct line *line, enum pair pair, struct lanekdf_bytes randoms[2])
{
    const enum pair other = pair == OF_HELLOS ? OF_KEY_BLOCK : OF_HELLOS;
    const enum field *fields = random_fields[has_pair(line, pair) || !has_pair(line, other) ? pair : other];

    return line_bytes(line, fields[0], LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &randoms[0]) &&
           line_bytes(line, fields[1], LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &randoms[1]);
}

static bool same_randoms(const struct lanekdf_bytes a[2], const struct lanekdf_bytes b[2])
{
    return memcmp(a[0].data, b[0].data, LANEKDF_RANDOM_LEN) == 0 &&
           memcmp(a[1].data, b[1].data, LANEKDF_RANDOM_LEN) == 0;
}

/* In TLS 1.2 the suite may tell the hash; a line that names the hash as well must name this one. */
static bool read_hash(struct line *line, struct keys *keys, const struct lanekdf_suite *suite)
{
    const uint32_t natural = suite ? suite_hash(suite, keys->version) : 0;

    return natural != 0
               ? line_hash_said(line, line->algorithm->hashes, FIELD_CIPHER_SUITE, natural, &keys->hash)
               : line_hash(line, &keys->hash);
}

static bool read_keys(struct line *line, struct keys *keys)
{
    const struct lanekdf_suite *suite;

    if (!line_suite(line, &suite) || !read_hash(line, keys, suite)) {
        return false;
    }
    if (keys->wants_master) {
        if (!line_bytes(line, FIELD_PMS, 1, LANEKDF_MAX_SECRET, &keys->pms)) {
            return false;
        }
        if (keys->is_extended ? !line_bytes(line, FIELD_SESSION_HASH, lanekdf_hash_len(keys->hash),
                                    lanekdf_hash_len(keys->hash), &keys->session_hash)
                              : !read_randoms(line, OF_HELLOS, keys->hello_randoms)) {
            return false;
        }
    }
    if (keys->wants_key_block) {
        if (!keys->wants_master && !line_has(line, FIELD_MASTER)) {
            return line_fail_without_secret(line);
        }
        if (line_has(line, FIELD_MASTER) && !line_bytes(line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN,
                                                LANEKDF_MASTER_SECRET_LEN, &keys->master)) {
            return false;
        }
        line_use(line, FIELD_MASTER);
        if (!read_randoms(line, OF_KEY_BLOCK, keys->randoms) ||
            !key_block_plan(line, keys->version, suite, &keys->block)) {
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

/* The randoms of the hellos stand for a master secret that is to be derived, unless the line has it. */
static bool wants_master(const struct line *line, bool is_extended)
{
    return line_has(line, FIELD_PMS) ||
           (is_extended ? line_has(line, FIELD_SESSION_HASH)
                        : has_pair(line, OF_HELLOS) && !line_has(line, FIELD_MASTER));
}

/* A line wants the key block if it tells its length, or has randoms that nothing else needs. */
static bool wants_key_block(const struct line *line, bool is_extended)
{
    const bool has_hellos = has_pair(line, OF_HELLOS), has_others = has_pair(line, OF_KEY_BLOCK);

    return line_has_any(line, FIELD_LIST(KEY_BLOCK_LEN_FIELDS)) ||
           (line_has(line, FIELD_CIPHER_SUITE) && (has_hellos || has_others)) ||
           (has_others && (is_extended || has_hellos || !line_has(line, FIELD_PMS)));
}

static bool fill_keys(struct line *line, uint16_t version, bool is_extended)
{
    struct keys keys = {
        .version = version,
        .is_extended = is_extended,
        .wants_master = wants_master(line, is_extended),
        .wants_key_block = wants_key_block(line, is_extended),
    };

    /* The master secret that the randoms give is another one than that of the session hash. */
    if (!is_extended && line_has(line, FIELD_PMS) && json_fields_have(&line->given, FIELD_SESSION_HASH)) {
        return line_fail(line,
            "alg and session_hash contradict each other: %s has no extended master secret%s",
            line->algorithm->name, version == LANEKDF_TLS12 ? ", which tls12-ems-keys has" : "");
    }
    if (!keys.wants_master && !keys.wants_key_block) {
        return line_has(line, FIELD_MASTER)
                   ? line_fail(
                         line, "nothing to derive from master: the key block's randoms or length are missing")
                   : line_fail_without_secret(line);
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
