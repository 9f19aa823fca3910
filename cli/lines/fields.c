#include "fields.h"
#include "spelling.h"

const char *const field_names[N_FIELDS] = {
#define FIELD(name, text) [FIELD_##name] = text,
    FIELDS(FIELD)
#undef FIELD
};

/* Names that others have for the fields. */
static const struct {
    enum field field;
    const char *name;
} other_names[] = {
    {FIELD_ALG, "algorithm"},
    {FIELD_ALG, "kind"},
    {FIELD_ALG, "type"},
    {FIELD_HASH, "prf_hash"},
    {FIELD_VERSION, "protocol_version"},
    {FIELD_VERSION, "protocol"},
    {FIELD_MSG, "message"},
    {FIELD_OUT_LEN, "out_length"},
    {FIELD_OUT_LEN, "output_len"},
    {FIELD_OUT_LEN, "length"},
    {FIELD_OUT_LEN, "len"},
    {FIELD_PMS, "pre_master_secret"},
    {FIELD_PMS, "pre_master"},
    {FIELD_MASTER, "master_secret"},
    {FIELD_EMS, "extended_master_secret"},
    {FIELD_HANDSHAKE, "handshake_messages"},
    {FIELD_HANDSHAKE, "messages"},
    {FIELD_CIPHER_SUITE, "suite"},
};

bool field_is_meant(enum field field, const char *key, size_t len)
{
    if (spelling_is_near(key, len, field_names[field])) {
        return true;
    }
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (other_names[i].field == field && spelling_is_near(key, len, other_names[i].name)) {
            return true;
        }
    }
    return false;
}
