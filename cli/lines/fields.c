#include "fields.h"

const char *const field_names[N_FIELDS] = {
#define FIELD(name, text) [FIELD_##name] = text,
    FIELDS(FIELD)
#undef FIELD
};
