#include "hex.h"

#include <string.h>

/* The code works on sixteen digits at a time, in whatever vectors the target has. */
typedef uint8_t u8x8 __attribute__((vector_size(8)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { FIRST_SHIFT = 0, SECOND_SHIFT = 8 }; /* the first digit of a pair is the low byte */
#else
enum { FIRST_SHIFT = 8, SECOND_SHIFT = 0 };
#endif

/* Decodes sixteen digits to eight bytes. A character that is no digit sets bits in *bad, which stay set. */
static u8x8 decode_block(u8x16 digits, u8x16 *bad)
{
    u8x16 decimal = digits - '0';
    u8x16 letter = (digits | 0x20) - 'a';
    u8x16 is_decimal = (u8x16)(decimal <= 9);
    u8x16 is_letter = (u8x16)(letter <= 5);
    u16x8 values = (u16x8)((decimal & is_decimal) | ((letter + 10) & is_letter));

    *bad |= ~(is_decimal | is_letter);
    return __builtin_convertvector(
        ((values >> FIRST_SHIFT & 0xff) << 4) | (values >> SECOND_SHIFT & 0xff), u8x8);
}

static u8x16 encode_block(u8x8 bytes)
{
    u16x8 wide = __builtin_convertvector(bytes, u16x8);
    u8x16 values = (u8x16)(wide >> 4 << FIRST_SHIFT | (wide & 0xf) << SECOND_SHIFT);

    return values + '0' + ((u8x16)(values > 9) & ('a' - '0' - 10));
}

bool hex_decode(uint8_t *bytes, const char *digits, size_t n)
{
    u8x16 block, bad = {0};
    u8x8 decoded;
    uint64_t any[2];

    for (; n >= 8; n -= 8, bytes += 8, digits += 16) {
        memcpy(&block, digits, 16);
        decoded = decode_block(block, &bad);
        memcpy(bytes, &decoded, 8);
    }
    if (n > 0) {
        memset(&block, '0', 16);
        memcpy(&block, digits, 2 * n);
        decoded = decode_block(block, &bad);
        memcpy(bytes, &decoded, n);
    }
    memcpy(any, &bad, sizeof(any));
    return (any[0] | any[1]) == 0;
}

static bool is_separator(char c)
{
    return c == ':' || c == ' ' || (c >= '\t' && c <= '\r');
}

static u8x16 separators(u8x16 block)
{
    return (u8x16)(block == ':') | (u8x16)(block == ' ') | (u8x16)(block - '\t' <= '\r' - '\t');
}

/* Most texts have no separator, so whether there is one is asked of sixteen characters at a time. */
static bool has_separator(const char *text, size_t len)
{
    u8x16 block, any = {0};
    uint64_t halves[2];

    for (; len >= sizeof(block); len -= sizeof(block), text += sizeof(block)) {
        memcpy(&block, text, sizeof(block));
        any |= separators(block);
    }
    memset(&block, '0', sizeof(block));
    memcpy(&block, text, len);
    any |= separators(block);
    memcpy(halves, &any, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* Both characters are looked at whatever the first one is, which may be a digit of a secret. */
static size_t prefix_len(const char *text, size_t len)
{
    return len >= 2 && ((text[0] == '0') & ((text[1] | 0x20) == 'x')) ? 2 : 0;
}

size_t hex_n_digits(const char *text, size_t len)
{
    size_t n = 0;

    if (!has_separator(text, len)) {
        return len - prefix_len(text, len);
    }
    for (size_t i = prefix_len(text, len); i < len; i++) {
        n += !is_separator(text[i]);
    }
    return n;
}

void hex_take_digits(char *digits, const char *text, size_t len)
{
    for (size_t i = prefix_len(text, len); i < len; i++) {
        if (!is_separator(text[i])) {
            *digits++ = text[i];
        }
    }
}

void hex_encode(char *digits, const uint8_t *bytes, size_t n)
{
    u8x16 block;
    u8x8 part = {0};

    for (; n >= 8; n -= 8, bytes += 8, digits += 16) {
        memcpy(&part, bytes, 8);
        block = encode_block(part);
        memcpy(digits, &block, 16);
    }
    if (n > 0) {
        memcpy(&part, bytes, n);
        block = encode_block(part);
        memcpy(digits, &block, 2 * n);
    }
}
