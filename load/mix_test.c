/*
 * Mixes of classes: how many items of a pool are of which class. Catches: shares that chance decides instead
 * of the weights, and a class that is dealt nothing in silence.
 */
#include "mix.h"
#include "peers_support.h"

#include <string.h>

static const struct mix_class sha256 = {
    .weight = 1, .handshake = {.version = LANEKDF_TLS12, .hash = LANEKDF_SHA256, .enc_key_len = 16}};

static void expect(bool holds, const char *what)
{
    if (!holds) {
        peers_fail("mixes: %s", what);
    }
}

/* Counts the items of a hash, and the longest row of one part. */
static size_t count(const struct mix *mix, unsigned hash, size_t *longest)
{
    size_t n = 0, row = 0;
    *longest = 0;
    for (size_t i = 0; i < mix->n; i++) {
        row = i > 0 && mix->part_of[i] == mix->part_of[i - 1] ? row + 1 : 1;
        *longest = row > *longest ? row : *longest;
        n += mix->parts[mix->part_of[i]]->handshake.hash == hash;
    }
    return n;
}

static void check_shares(void)
{
    struct mix_class classes[] = {sha256, sha256, sha256};
    struct mix mix;
    size_t longest;
    classes[0].weight = 3;
    classes[1].handshake.hash = LANEKDF_SHA384;
    classes[2].handshake.hash = LANEKDF_SHA1;
    classes[2].weight = 0;
    expect(!mix_of_classes("3 to 1", classes, 3, &mix), "three classes are a mix");
    expect(mix.n == 1024, "a pool has 1,024 items");
    expect(count(&mix, LANEKDF_SHA256, &longest) == 768, "three quarters are of the first class");
    expect(count(&mix, LANEKDF_SHA384, &longest) == 256, "a quarter is of the second one");
    expect(longest < 64, "they come in random order");
    classes[2].weight = 0.004; /* which is one of 1,024, by its remainder */
    expect(!mix_of_classes("one", classes, 3, &mix), "a small weight has its share");
    expect(count(&mix, LANEKDF_SHA1, &longest) == 1, "one of 1,024");
}

static void check_none(void)
{
    struct mix_class classes[] = {sha256, sha256};
    struct mix mix;
    classes[1].weight = 1e-9;
    const char *wrong = mix_of_classes("none", classes, 2, &mix);
    expect(wrong && strstr(wrong, "none of 1,024"), "a class that gets nothing is refused");
}

int main(void)
{
    check_shares();
    check_none();
    return 0;
}
