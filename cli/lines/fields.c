#include "fields.h"
#include "spelling.h"

#include <string.h>

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
    {FIELD_PSK, "pre_shared_key"},
    {FIELD_SHARED_SECRET, "dhe"},
    {FIELD_SHARED_SECRET, "ecdhe"},
    {FIELD_SHARED_SECRET, "z"},
    {FIELD_MASTER_SECRET, "master"},
    {FIELD_EXPORTER_MASTER_SECRET, "exporter_secret"},
    {FIELD_FINISHED_KEY, "key"},
    {FIELD_IKM, "secret"},
    {FIELD_SECRET, "traffic_secret"},
    {FIELD_DCID, "connection_id"},
    {FIELD_UPDATES, "key_update"},
    {FIELD_UPDATES, "n_updates"},
    {FIELD_TARGET_HASH, "target_kdf"},
};

enum field_form field_form(enum field field)
{
    static const struct {
        enum field field;
        enum field_form form;
    } forms[] = {
        {FIELD_HASH, FORM_TEXT},
        {FIELD_TARGET_HASH, FORM_TEXT},
        {FIELD_VERSION, FORM_TEXT},
        {FIELD_PROTOCOL, FORM_TEXT},
        {FIELD_CIPHER_SUITE, FORM_TEXT},
        {FIELD_AEAD, FORM_TEXT},
        {FIELD_LABEL_TEXT, FORM_TEXT},
        {FIELD_BINDER_LABEL, FORM_TEXT},
        {FIELD_PSK_KIND, FORM_TEXT},
        {FIELD_SIDE, FORM_TEXT},
        {FIELD_OUT_LEN, FORM_NUMBER},
        {FIELD_LENGTH, FORM_NUMBER},
        {FIELD_KEY_BLOCK_LEN, FORM_NUMBER},
        {FIELD_MAC_LEN, FORM_NUMBER},
        {FIELD_KEY_LEN, FORM_NUMBER},
        {FIELD_IV_LEN, FORM_NUMBER},
        {FIELD_FINAL_KEY_LEN, FORM_NUMBER},
        {FIELD_UPDATES, FORM_NUMBER},
        {FIELD_KEY_UPDATE, FORM_NUMBER},
        {FIELD_HELLO_RETRY, FORM_FLAG},
        {FIELD_NONCES, FORM_HEX_ARRAY},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (forms[i].field == field) {
            return forms[i].form;
        }
    }
    return FORM_HEX;
}

bool field_is_other_name(enum field field, enum field other)
{
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (other_names[i].field == field && strcmp(other_names[i].name, field_names[other]) == 0) {
            return true;
        }
    }
    return false;
}

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
