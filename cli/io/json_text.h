/*
 * What simdjson does not tell of a text that is JSON, and what it does not take.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns where value n of an object stands, from 0, and its length: as it was written. text[0 .. len) is the
 * object, which the parser has found to be right, and which has as many values. */
const char *json_text_value(const char *text, size_t len, size_t n, size_t *value_len);

/*
 * simdjson refuses what RFC 8259 allows, for which it has no place: numbers beyond 64 bits, and strings with
 * half of a surrogate pair. In text[0 .. len) the function puts 0.5 for such a number, and for such a half a
 * character that json_text_may_stand_in() knows. Returns whether there was anything of the kind.
 */
bool json_text_put_stand_ins(char *text, size_t len);

/* Whether a string in UTF-8, of a text with stand-ins, may have one in it. */
bool json_text_may_stand_in(const char *string, size_t len);

#ifdef __cplusplus
}
#endif

#endif
