/* A place has no more bytes than its list says, whatever the job says: the room of a row is reckoned with the
 * list. */
/* cbmc: --unwind 1 */
#include "place.h"
#include "cbmc.h"

int main(void)
{
    struct {
        size_t n;
        const uint8_t *pointer;
    } job = {nondet_size(), NULL};
    struct place place = {.len = nondet_u32(), .rule = nondet_u8()};

    ASSUME(place.rule <= PLACE_IF);
    PROVE(place_len(&place, &job) <= place.len);
    PROVE(place.rule != PLACE_GIVEN || place_len(&place, &job) == (job.n < place.len ? job.n : place.len));
}
