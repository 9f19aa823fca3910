#include "secret_label.h"
#include "spelling.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *label;
    bool has_number; /* behind the label */
} labels[] = {
    [SECRET_CLIENT_EARLY] = {"CLIENT_EARLY_TRAFFIC_SECRET", false},
    [SECRET_EARLY_EXPORTER] = {"EARLY_EXPORTER_SECRET", false},
    [SECRET_CLIENT_HANDSHAKE] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", false},
    [SECRET_SERVER_HANDSHAKE] = {"SERVER_HANDSHAKE_TRAFFIC_SECRET", false},
    [SECRET_CLIENT_TRAFFIC] = {"CLIENT_TRAFFIC_SECRET_", true},
    [SECRET_SERVER_TRAFFIC] = {"SERVER_TRAFFIC_SECRET_", true},
    [SECRET_EXPORTER] = {"EXPORTER_SECRET", false},
    [SECRET_ECH_SECRET] = {"ECH_SECRET", false},
    [SECRET_ECH_CONFIG] = {"ECH_CONFIG", false},
};

/* Reads digits, without a zero in front, up to the end; or an N. */
static bool parse_number(const char *text, size_t len, unsigned *number)
{
    if (len == 1 && (text[0] == 'N' || text[0] == 'n')) {
        *number = SECRET_NUMBER_UNTOLD;
        return true;
    }
    *number = 0;
    if (len == 0 || (len > 1 && text[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (unsigned)(text[i] - '0');
        if (*number > MAX_SECRET_NUMBER) {
            return false;
        }
    }
    return true;
}

bool secret_label_parse(const char *label, size_t len, enum secret_id *id, unsigned *number)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        const size_t label_len = strlen(labels[i].label);
        if (len < label_len || strncasecmp(label, labels[i].label, label_len) != 0) {
            continue;
        }
        *id = (enum secret_id)i;
        *number = 0;
        if (labels[i].has_number ? parse_number(label + label_len, len - label_len, number)
                                 : len == label_len) {
            return true;
        }
    }
    return false;
}

/* Whether a number follows the right text, or an N in its place: one that is too large or begins with a zero
 * is not meant for the number of the first secret. */
static bool is_wrong_in_number(enum secret_id id, const char *label, size_t len)
{
    const size_t label_len = strlen(labels[id].label);

    if (!labels[id].has_number || len <= label_len || strncasecmp(label, labels[id].label, label_len) != 0) {
        return false;
    }
    for (size_t i = label_len; i < len; i++) {
        if ((label[i] < '0' || label[i] > '9') && label[i] != 'N' && label[i] != 'n') {
            return false;
        }
    }
    return true;
}

bool secret_label_near(const char *label, size_t len, char near[SECRET_LABEL_LEN])
{
    size_t least = SIZE_MAX;

    for (int id = 0; id < N_SECRETS; id++) {
        char written[SECRET_LABEL_LEN];
        size_t distance;
        if (is_wrong_in_number((enum secret_id)id, label, len)) {
            return false;
        }
        secret_label_write((enum secret_id)id, 0, written);
        distance = spelling_distance(label, len, written);
        if (spelling_is_near(label, len, written) && distance < least) {
            least = distance;
            memcpy(near, written, sizeof(written));
        }
    }
    return least != SIZE_MAX;
}

void secret_label_write(enum secret_id id, unsigned number, char label[SECRET_LABEL_LEN])
{
    if (labels[id].has_number && number == SECRET_NUMBER_UNTOLD) {
        snprintf(label, SECRET_LABEL_LEN, "%sN", labels[id].label);
    } else if (labels[id].has_number) {
        snprintf(label, SECRET_LABEL_LEN, "%s%u", labels[id].label, number);
    } else {
        snprintf(label, SECRET_LABEL_LEN, "%s", labels[id].label);
    }
}
