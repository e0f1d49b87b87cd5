/* SPDX-License-Identifier: ISC */
/* net_send.h: the transmit ring of a network device (xen/include/public/io/netif.h,
 * "Guest transmit"). Nothing here calls Xen, but for grants. */
#ifndef NET_SEND_H
#define NET_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unikernel.h"
#include "xen/front/front_ring.h"
#include "xen/front/shared_page.h"

#define NET_SEND_SLOTS 256    /* what a page holds; and frames, and parts that wait */
#define NET_FRAME_SLOTS 18    /* of a frame: XEN_NETIF_NR_SLOTS_MIN */
#define NET_FRAME_MOST 0xffff /* bytes of a frame: XEN_NETIF_MAX_TX_SIZE */
#define NET_SEND_NONE 0xffffu

/* A frame, from when it is posted until its token is taken back. */
struct net_frame {
	void *token;
	uint16_t next;	/* of those that wait, are done, or are free */
	uint16_t parts; /* while it waits for places in the ring */
	uint16_t slots; /* whose answers are missing */
};

/* A request under way, by its id. */
struct net_slot {
	struct shared_page copy; /* made at its first use, and kept */
	grant_t whole;		 /* of a page of the application's, or GRANT_NONE */
	uint16_t frame;		 /* NET_SEND_NONE: not under way */
	uint16_t next;		 /* free one */
};

/* First in, first out, through `next`. */
struct net_frames {
	uint16_t first, last;
};

struct net_send {
	struct front_ring ring; /* `shared` is NULL while the back end is away */
	uint16_t domain;
	bool scatters; /* the back end takes frames of several slots */
	bool is_broken;
	struct net_slot slots[NET_SEND_SLOTS];
	uint16_t free_slot, free_slots;
	struct net_frame frames[NET_SEND_SLOTS];
	struct net_frames waiting, done, free;
	unsigned frame_count;				 /* waiting, or under way */
	struct unikernel_net_part parts[NET_SEND_SLOTS]; /* of frames that wait */
	uint32_t parts_in, parts_out;			 /* free-running positions */
};

void net_send_init(struct net_send *tx);

/* Begins anew on a cleared page. */
void net_send_connect(struct net_send *tx, void *page, uint16_t domain, bool scatters);

/* The back end is gone: what was under way is done, and what is posted from now on, at
 * once, as with a cable that is not plugged in. `elsewhere`: its grants are, too. */
void net_send_disconnect(struct net_send *tx, bool elsewhere);

/* False: there is no room for the frame or its parts. The frame is valid: see
 * unikernel_net_tx_post. */
bool net_send_post(struct net_send *tx, const struct unikernel_net_part *parts,
		   unsigned count, void *token);

/* Takes answers, and puts frames that wait into the ring as far as they fit. */
void net_send_turn(struct net_send *tx);

void *net_send_take(struct net_send *tx);

/* Do frames wait for places in the ring? */
static inline bool net_send_is_full(const struct net_send *tx)
{
	return tx->waiting.first != NET_SEND_NONE;
}

static inline bool net_send_has_done(const struct net_send *tx)
{
	return tx->done.first != NET_SEND_NONE;
}

#endif
