/*
 * The work around a derivation: what else a server does for a handshake. It is real: a chain of instructions
 * that takes a given time, and data and code that push the derivation's own out of the caches.
 */
#ifndef AROUND_H
#define AROUND_H

enum footprint {
    FOOTPRINT_HOT, /* nothing is touched */
    FOOTPRINT_L1,  /* as much as the caches of the first level hold */
    FOOTPRINT_L2   /* as much as those of the second level hold */
};

/* Measures how long the chain takes; once, before there are threads. */
void around_calibrate(void);

/* Works for so many nanoseconds. */
void around_work(double ns);

/* What a thread touches: memory of its own, which lives as long as the program. */
struct around_memory;
struct around_memory *around_memory_new(void);
void around_touch(struct around_memory *memory, enum footprint footprint);

/* The time that around_touch() takes: the median of several calls. */
double around_touch_ns(struct around_memory *memory, enum footprint footprint);

#endif
