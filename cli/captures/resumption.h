/*
 * Sessions that may be resumed: their master secrets by session ID (RFC 5246 section 7.3) and by ticket (RFC
 * 5077), from the handshakes that made them.
 */
#ifndef RESUMPTION_H
#define RESUMPTION_H

#include "lanekdf.h"

struct resumption;

struct resumption *resumption_new(void);

/* Zeroes the master secrets and frees them; NULL is fine. */
void resumption_free(struct resumption *resumption);

/* Keeps the master secret of 48 bytes under this session ID or ticket, unless that is empty. */
void resumption_add(struct resumption *resumption, struct lanekdf_bytes id, const uint8_t *master);

/* Finds the master secret that was kept last under an ID or ticket, or NULL. It is valid as long as the
 * resumption. */
const uint8_t *resumption_find(const struct resumption *resumption, struct lanekdf_bytes id);

#endif
