#include "file_format.h"

#include <string.h>

#define STARTS_WITH(start, len, magic)                                                                       \
    ((len) >= sizeof(magic) - 1 && memcmp((start), (magic), sizeof(magic) - 1) == 0)

struct magic {
    enum file_format format;
    size_t len; /* bytes */
    const char *bytes;
};

#define MAGIC(format, bytes)                                                                                 \
    {                                                                                                        \
        format, sizeof(bytes) - 1, bytes                                                                     \
    }

static const struct magic magics[] = {
    MAGIC(FORMAT_PCAP, "\xa1\xb2\xc3\xd4"),
    MAGIC(FORMAT_PCAP, "\xd4\xc3\xb2\xa1"),
    MAGIC(FORMAT_PCAP, "\xa1\xb2\x3c\x4d"), /* nanoseconds */
    MAGIC(FORMAT_PCAP, "\x4d\x3c\xb2\xa1"),
    MAGIC(FORMAT_PCAP, "\xa1\xb2\xcd\x34"), /* written by patched kernels, and read by tshark, too */
    MAGIC(FORMAT_PCAP, "\x34\xcd\xb2\xa1"),
    MAGIC(FORMAT_PCAPNG, "\x0a\x0d\x0d\x0a"),
    MAGIC(FORMAT_COMPRESSED, "\x1f\x8b"), /* gzip */
    MAGIC(FORMAT_COMPRESSED, "BZh"),
    MAGIC(FORMAT_COMPRESSED, "\xfd"
                             "7zXZ\0"),
    MAGIC(FORMAT_COMPRESSED, "\x28\xb5\x2f\xfd"), /* zstd */
    MAGIC(FORMAT_COMPRESSED, "\x04\x22\x4d\x18"), /* lz4 */
    MAGIC(FORMAT_COMPRESSED, "PK\x03\x04"),
    MAGIC(FORMAT_UTF16, "\xff\xfe"),
    MAGIC(FORMAT_UTF16, "\xfe\xff"),
    MAGIC(FORMAT_PEM, "-----BEGIN "),
    MAGIC(FORMAT_XML, "<?xml"),
};

enum { N_MAGICS = sizeof(magics) / sizeof(magics[0]) };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_spaces(const char *text, const char *end)
{
    while (text < end && is_space(*text)) {
        text++;
    }
    return text;
}

static const char *skip_word(const char *text, const char *end)
{
    while (text < end && !is_space(*text)) {
        text++;
    }
    return text;
}

static const char *line_end(const char *text, const char *end)
{
    while (text < end && *text != '\n') {
        text++;
    }
    return text;
}

static bool has_word(const char *text, const char *end, const char *word)
{
    return memmem(text, (size_t)(end - text), word, strlen(word)) != NULL;
}

/* Finds the format of a file that begins with an object on a line of its own. Each object of tshark's has
 * "layers", or stands in front of one that has. */
static enum file_format object_format(const char *text, const char *end)
{
    end = line_end(text, end);
    return has_word(text, end, "\"layers\"") || has_word(text, end, "\"index\"") ||
                   has_word(text, end, "\"timestamp\"")
               ? FORMAT_EK
               : FORMAT_JSON_LINES;
}

/* tshark's array has a line break behind its bracket. An array on one line is a line of JSON, and refused as
 * such. */
static bool is_json_array(const char *text, const char *end)
{
    const char *next = skip_spaces(text + 1, end);

    return has_word(text, next, "\n") && next < end && (*next == '{' || *next == ']');
}

/* A label has capitals, digits and underscores. */
static bool is_label(const char *text, const char *end)
{
    for (; text < end; text++) {
        if (!(*text >= 'A' && *text <= 'Z') && !(*text >= '0' && *text <= '9') && *text != '_') {
            return false;
        }
    }
    return true;
}

/* A line of a key log has three words or four, of which the first is a label that key logs have. */
static bool is_key_log_line(const char *text, const char *end)
{
    const char *const label_end = skip_word(text, end), *second = skip_spaces(label_end, end);
    const char *const third = skip_spaces(skip_word(second, end), end);

    return third < end && is_label(text, label_end) &&
           (STARTS_WITH(text, (size_t)(end - text), "RSA ") || has_word(text, label_end, "CLIENT_RANDOM") ||
               has_word(text, label_end, "_SECRET"));
}

/* A key log is told by its first line that is no comment. */
static bool is_key_log(const char *text, const char *end)
{
    text = skip_spaces(text, end);
    while (text < end && *text == '#') {
        text = skip_spaces(line_end(text, end), end);
    }
    return is_key_log_line(text, line_end(text, end));
}

/* Text has no NUL, and no bytes that move a cursor other than the usual. */
static bool is_text(const char *text, const char *end)
{
    for (; text < end; text++) {
        if ((unsigned char)*text < ' ' && !is_space(*text) && *text != '\f' && *text != '\x1b') {
            return false;
        }
    }
    return true;
}

enum file_format file_format_find(const char *start, size_t len)
{
    const char *const end = start + len, *text;

    for (size_t i = 0; i < N_MAGICS; i++) {
        if (len >= magics[i].len && memcmp(start, magics[i].bytes, magics[i].len) == 0) {
            return magics[i].format;
        }
    }
    text = skip_spaces(STARTS_WITH(start, len, "\xef\xbb\xbf") ? start + 3 : start, end);
    if (text == end) {
        return FORMAT_EMPTY;
    }
    if (*text == '{') {
        return object_format(text, end);
    }
    if (*text == '[' && is_json_array(text, end)) {
        return FORMAT_JSON_ARRAY;
    }
    if (is_key_log(text, end)) {
        return FORMAT_KEY_LOG;
    }
    return is_text(text, end) ? FORMAT_TEXT : FORMAT_BINARY;
}

bool file_format_is_capture(enum file_format format)
{
    return format == FORMAT_PCAP || format == FORMAT_PCAPNG;
}

const char *file_format_refusal(enum file_format format, bool has_key_log)
{
    switch (format) {
    case FORMAT_COMPRESSED:
        return "the file is compressed: decompress it first, as in gzip -dc FILE | lanekdf ... -";
    case FORMAT_JSON_ARRAY:
        return "the file is a JSON array, as tshark -T json prints it: give the capture itself, or what "
               "tshark "
               "-T ek -x prints";
    case FORMAT_XML:
        return "the file is XML, as tshark -T pdml prints it: give the capture itself, or what tshark -T ek "
               "-x "
               "prints";
    case FORMAT_KEY_LOG:
        return "the file is a key log: give it behind --key-log, and the capture as FILE";
    case FORMAT_UTF16:
        return "the file is text in UTF-16, as PowerShell's > writes it: convert it to UTF-8";
    case FORMAT_EK:
        return has_key_log
                   ? NULL
                   : "the file is a capture, as tshark -T ek prints it: give its key log, too (--key-log "
                     "LOG)";
    case FORMAT_JSON_LINES:
        return has_key_log
                   ? "the file is neither a capture nor what tshark -T ek -x prints, but other JSON: lines "
                     "of derivations need no --key-log"
                   : NULL;
    case FORMAT_TEXT:
    case FORMAT_PEM:
        return has_key_log
                   ? "the file is text, but not what tshark -T ek -x prints: give the capture itself, in "
                     "pcap or pcapng format"
                   : NULL;
    case FORMAT_BINARY:
        return has_key_log
                   ? "the file is neither text nor a capture in pcap or pcapng format; of other captures "
                     "editcap -F pcapng makes one"
                   : NULL;
    case FORMAT_EMPTY:
    case FORMAT_PCAP:
    case FORMAT_PCAPNG:
        return NULL;
    }
    return NULL;
}

const char *file_format_key_log_refusal(enum file_format format)
{
    switch (format) {
    case FORMAT_PCAP:
    case FORMAT_PCAPNG:
    case FORMAT_EK:
        return "the file is a capture, not a key log: give it as FILE, and behind --key-log the file that "
               "SSLKEYLOGFILE names";
    case FORMAT_COMPRESSED:
        return "the file is compressed: decompress it first";
    case FORMAT_PEM:
        return "the file is PEM, not a key log; of an RSA key exchange tshark makes one from the private "
               "key: tshark "
               "-r CAPTURE -o 'uat:rsa_keys:\"KEY.pem\",\"\"' --export-tls-session-keys LOG";
    case FORMAT_JSON_LINES:
    case FORMAT_JSON_ARRAY:
    case FORMAT_XML:
    case FORMAT_BINARY:
        return "the file is no key log (lines of a label and two hexadecimal numbers, as SSLKEYLOGFILE gets "
               "them)";
    case FORMAT_EMPTY:
    case FORMAT_KEY_LOG:
    case FORMAT_UTF16:
    case FORMAT_TEXT:
        return NULL;
    }
    return NULL;
}
