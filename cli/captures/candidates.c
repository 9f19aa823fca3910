#include "candidates.h"
#include "memory.h"

#include <string.h>

void candidates_free(struct candidates *candidates)
{
    memory_give_back(candidates->at);
    *candidates = (struct candidates){0};
}

static void add(struct candidates *candidates, struct candidate candidate)
{
    if (candidates->n == candidates->n_room) {
        candidates->n_room = 2 * candidates->n_room + 4;
        candidates->at = memory_resize(candidates->at, candidates->n_room * sizeof(*candidates->at));
    }
    candidates->at[candidates->n++] = candidate;
}

static void add_logged(
    struct candidates *candidates, struct key_log *log, enum key_log_kind kind, struct lanekdf_bytes id)
{
    size_t n = 0;
    const struct key_log_entry *entries = id.len > 0 ? key_log_find(log, kind, id.data, id.len, &n) : NULL;

    for (size_t i = 0; i < n; i++) {
        add(candidates,
            (struct candidate){.secret = {.is_pre_master = kind == KEY_LOG_PRE_MASTER || kind == KEY_LOG_RSA,
                                   .bytes = entries[i].secret},
                .origin = entries[i].origin,
                .line = entries[i].line});
    }
}

static void add_resumed(
    struct candidates *candidates, const struct resumption *resumption, struct lanekdf_bytes id)
{
    const uint8_t *master = resumption_find(resumption, id);

    if (master) {
        add(candidates, (struct candidate){.secret.bytes = {master, LANEKDF_MASTER_SECRET_LEN}});
    }
}

void candidates_find(struct candidates *candidates, struct key_log *log, const struct resumption *resumption,
    const struct handshake *handshake, bool is_abbreviated)
{
    const struct lanekdf_bytes random = {handshake->client_hello.random, LANEKDF_RANDOM_LEN};

    candidates->n = 0;
    add_logged(candidates, log, KEY_LOG_MASTER, random);
    add_logged(candidates, log, KEY_LOG_SESSION, handshake->server_hello.session_id);
    if (is_abbreviated) {
        add_resumed(candidates, resumption, handshake->client_hello.ticket);
        add_resumed(candidates, resumption, handshake->server_hello.session_id);
        return;
    }
    add_logged(candidates, log, KEY_LOG_PRE_MASTER, random);
    if (handshake->has_key_exchange) {
        add_logged(
            candidates, log, KEY_LOG_RSA, (struct lanekdf_bytes){handshake->rsa_id, KEY_LOG_RSA_ID_LEN});
    }
}

void candidates_try(struct candidates *candidates, const struct handshake *handshake,
    const struct transcript *transcript, const struct lanekdf_suite *suite)
{
    for (size_t i = 0; i < candidates->n; i++) {
        struct candidate *candidate = &candidates->at[i];
        candidate->is_tried = proof_try(&candidate->proof, handshake, transcript, suite, &candidate->secret);
    }
}

static bool is_same_master(const struct candidate *a, const struct candidate *b)
{
    return memcmp(a->proof.master, b->proof.master, sizeof(a->proof.master)) == 0;
}

/* How likely the secret is to be the handshake's: the higher, the likelier; 0: it was not tried. */
static unsigned rank(const struct candidate *candidate)
{
    return !candidate->is_tried                               ? 0
           : candidate->proof.verdict == VERDICT_DOES_NOT_FIT ? 1
           : candidate->proof.verdict == VERDICT_CANNOT_TELL  ? 2
                                                              : 3;
}

enum choice candidates_choose(
    const struct candidates *candidates, const struct candidate **chosen, const struct candidate **other)
{
    const struct candidate *likeliest = NULL;
    bool is_uncertain = false;

    *other = NULL;
    for (size_t i = 0; i < candidates->n; i++) {
        const struct candidate *candidate = &candidates->at[i];
        likeliest = rank(candidate) > (likeliest ? rank(likeliest) : 0) ? candidate : likeliest;
    }
    *chosen = likeliest;
    for (size_t i = 0; likeliest && i < candidates->n; i++) {
        const struct candidate *candidate = &candidates->at[i];
        if (candidate->is_tried && !is_same_master(candidate, likeliest)) {
            *other = candidate;
            is_uncertain = is_uncertain || (rank(likeliest) == 2 && rank(candidate) == 2);
        }
    }
    return !likeliest ? CHOICE_NONE : is_uncertain ? CHOICE_UNCERTAIN : CHOICE_MADE;
}
