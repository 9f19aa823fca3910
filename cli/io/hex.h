/*
 * Hexadecimal digits to bytes and back. Most of what passes through here is secret, so no branch and no
 * address depends on a digit.
 */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes 2 * n digits, of either case, to n bytes. Returns false if any of the characters is no digit. */
bool hex_decode(uint8_t *bytes, const char *digits, size_t n);

/*
 * People write 0x in front of the digits, and colons or white space between them. How many digits there are
 * without these, of a text of len characters; and the digits themselves, which become n_digits characters.
 */
size_t hex_n_digits(const char *text, size_t len);
void hex_take_digits(char *digits, const char *text, size_t len);

/* Encodes n bytes as 2 * n digits of lower case. */
void hex_encode(char *digits, const uint8_t *bytes, size_t n);

#endif
