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

/* Encodes n bytes as 2 * n digits of lower case. */
void hex_encode(char *digits, const uint8_t *bytes, size_t n);

#endif
