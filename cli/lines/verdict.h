/*
 * Whether the secrets of a recorded session belong to it, told by what was recorded and not by the secrets.
 */
#ifndef VERDICT_H
#define VERDICT_H

enum verdict {
    VERDICT_NONE, /* not of a capture: nothing to tell it by */
    VERDICT_FITS,
    VERDICT_DOES_NOT_FIT,
    VERDICT_CANNOT_TELL
};

#endif
