#include "named_group.h"
#include "spelling.h"

#include <stddef.h>
#include <string.h>

bool named_group_parse(const char *text, unsigned *id)
{
    static const struct {
        unsigned id;
        const char *name;
    } groups[] = {{0, "none"}, {0x17, "secp256r1"}, {0x18, "secp384r1"}, {0x19, "secp521r1"},
        {0x1d, "x25519"}, {0x1e, "x448"}, {0x100, "ffdhe2048"}, {0x101, "ffdhe3072"}, {0x102, "ffdhe4096"},
        {0x103, "ffdhe6144"}, {0x104, "ffdhe8192"}, {0x200, "MLKEM512"}, {0x201, "MLKEM768"},
        {0x202, "MLKEM1024"}, {0x11eb, "SecP256r1MLKEM768"}, {0x11ec, "X25519MLKEM768"},
        {0x11ed, "SecP384r1MLKEM1024"}};

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (spelling_is_same(text, strlen(text), groups[i].name)) {
            *id = groups[i].id;
            return true;
        }
    }
    return false;
}
