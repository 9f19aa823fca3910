/*
 * Every 32-bit word that a job's secrets turn into on their way to the outputs, and a search for two of them
 * side by side. The search finds eight bytes of a secret, as they stand on the wire or as words in host
 * order, of one job or of neighbouring lanes. A word of 64 bits counts as two.
 *
 * Secret are: keys, pre-master and master secrets and their halves, hashed keys, keys xor ipad and opad, all
 * chaining values, all digests (A(i), inner and outer), all outputs, and the messages of HASH jobs; with
 * `rounds` also the message schedule and the working variables of every round. Labels, seeds, randoms and
 * transcript hashes are not secret, nor is what follows from constants alone: Hash(""), the early secret
 * without a PSK and its handshake salt, the pads of QUIC's salts. The words come from the reference, which is
 * compiled once more so that it tells them (REFERENCE_IS_WATCHED).
 */
#ifndef SECRET_WORDS_H
#define SECRET_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job_case.h"

struct secret_words;

struct secret_words *secret_words_new(bool rounds);
void secret_words_free(struct secret_words *words);
/* The job is derived to know its words: call this in front of the call under test. The outputs are zeros
 * afterwards. */
void secret_words_add_job(struct secret_words *words, const struct job_case *job_case);
/* The first place at which eight bytes of a secret stand, NULL if they stand nowhere. */
const uint8_t *secret_words_find(const struct secret_words *words, const void *memory, size_t len);

#endif
