/* SPDX-License-Identifier: ISC */
/* net_slots.h: a frame as requests in the transmit ring. */
#ifndef NET_SLOTS_H
#define NET_SLOTS_H

#include "net_send.h"

void net_slot_free(struct net_send *tx, uint16_t id);

/* A request was answered. Aborts when the back end keeps a page of the application's. */
void net_slot_end(struct net_send *tx, uint16_t id);

/* Puts `frame`, whose parts are the first that wait, into the ring; one that is too long
 * and cannot be cut takes no slots there. False when there is no room now. */
bool net_slots_fill(struct net_send *tx, uint16_t frame);

#endif
