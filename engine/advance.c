#include "advance.h"

#include "published.h"

/* The group of a shape, or NULL if there is none with a program. A program that was not there when the group
 * was made may have come since, from another thread. */
static struct group *group_with_program(struct batch *b, const struct shape *shape)
{
    struct group *g = group_find(b, shape);
    if (g && !g->program) {
        g->program = published_program(shape, &b->work->compiler);
    }
    return g && g->program ? g : NULL;
}

/* The group of a shape, or of its first phase alone where there is none of both. Returns NULL if there is no
 * program. */
static struct group *group_of(struct batch *b, const struct shape *shape)
{
    struct group *g = group_with_program(b, shape);
    if (!g && shape->then) {
        const struct shape first = shape_first(*shape);
        g = group_with_program(b, &first);
    }
    return g;
}

void advance_by_shape(struct batch *b, struct record *r, struct route_step *step)
{
    const unsigned phase = r->phase;
    struct shape shape;
    if (!record_enter(r, &shape)) {
        advance_complete(b, r);
        return;
    }
    struct group *g = group_of(b, &shape);
    if (!g) {
        r->next = b->long_records;
        b->long_records = r;
        return;
    }
    if (step && !shape.derivation->enter) {
        *step = (struct route_step){(g - b->groups) & 0xff, (r->phase - phase) & 0xff, g->stamp};
    }
    group_push(b, g, r);
}
