/*
 * Hexadecimal, without a branch or an address that depends on a digit: most of
 * what passes through here is secret.
 */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2 * n digits, either case, to n bytes. False if there is anything but digits. */
bool hex_decode(uint8_t *bytes, const char *digits, size_t n);

/* n bytes to 2 * n digits, lower case. */
void hex_encode(char *digits, const uint8_t *bytes, size_t n);

#endif
