/* SPDX-License-Identifier: ISC */
/* net_slots.h: a frame as requests in the transmit ring. */
#ifndef NET_SLOTS_H
#define NET_SLOTS_H

#include "net_send.h"

/* Makes `count` more pages to copy frames to, NET_FRAME_SLOTS at most; those that the
 * longest frame takes must be there, so that there is always one that goes out, and more
 * are made as they are needed. False: memory is short. */
bool net_slots_allocate(struct net_send *tx, unsigned count);

void net_slot_free(struct net_send *tx, uint16_t id);

/* A request was answered. Aborts when the back end keeps a page of the application's. */
void net_slot_end(struct net_send *tx, uint16_t id);

/* Puts `frame`, whose parts are the first that wait, into the ring; one that is too long
 * and cannot be cut, or larger than memory, takes no slots there. False when there is no
 * room now. */
bool net_slots_fill(struct net_send *tx, uint16_t frame);

#endif
