#include "tls13.h"

static void traffic_key(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    const char *label, unsigned length, struct place block, unsigned at)
{
    block.len = length;
    block.skip = (uint16_t)at;
    const formula_value key = hkdf_expand_label(f, traffic_secret, tls13_protocol(shape), label, length);
    tls13_deliver(f, key, block);
}

void tls13_keys(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    struct place block, bool has_number_key, bool has_finished_key)
{
    const struct protocol *protocol = tls13_protocol(shape);
    const unsigned key_len = tls13_key_len(shape), iv_len = tls13_iv_len(shape);
    if (key_len) {
        traffic_key(f, shape, traffic_secret, protocol->key, key_len, block, 0);
        traffic_key(f, shape, traffic_secret, protocol->iv, iv_len, block, key_len);
    }
    if (key_len && has_number_key && protocol->number_key) {
        traffic_key(f, shape, traffic_secret, protocol->number_key, key_len, block, key_len + iv_len);
    }
    if (has_finished_key) {
        traffic_key(f, shape, traffic_secret, "finished", shape->hash->digest_bytes, block,
            (unsigned)tls13_traffic_keys_len(protocol, key_len, iv_len, has_number_key));
    }
}

formula_value tls13_traffic_secret(struct formula *f, const struct shape *shape, struct formula_key secret,
    const char *label, struct place transcript_hash, struct place to)
{
    const formula_value value =
        hkdf_derive_secret_over(f, secret, tls13_protocol(shape), label, transcript_hash);
    tls13_deliver(f, value, to);
    return value;
}
