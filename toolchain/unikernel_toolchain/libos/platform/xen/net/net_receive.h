/* SPDX-License-Identifier: ISC */
/* net_receive.h: the receive ring of a network device (xen/include/public/io/netif.h,
 * "Guest receive"). Nothing here calls Xen, but for grants. */
#ifndef NET_RECEIVE_H
#define NET_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unikernel.h"
#include "xen/front/front_ring.h"
#include "xen/front/shared_page.h"

#define NET_RECEIVE_SLOTS 256 /* what a page holds; and buffers that wait */

/* A buffer of the application's. */
struct net_buffer {
	char *bytes;
	size_t size;
	void *token;
};

/* What came of a frame so far, in the first buffer that waits. */
struct net_assembly {
	size_t length;	    /* bytes of the frame */
	bool begun;	    /* between its first response and its last */
	bool extra_is_next; /* the next response is an extra info */
	bool more_is_next;  /* behind those comes more data */
	bool is_bad;	    /* it is dropped when it is all there */
	struct unikernel_net_header header;
};

struct net_receive {
	struct front_ring ring;
	struct shared_page pages[NET_RECEIVE_SLOTS]; /* one a place in the ring */
	unsigned page_count; /* a power of two, of which the ring uses no more */
	struct net_buffer buffers[NET_RECEIVE_SLOTS]; /* that wait, first come first */
	uint32_t posted, taken;			      /* free-running positions */
	struct net_assembly assembly;
	bool is_broken; /* the back end's producer makes no sense */
};

/* Gives memory to the places; false when that is short. `count`: a power of two up to
 * NET_RECEIVE_SLOTS. */
bool net_receive_allocate(struct net_receive *rx, unsigned count);

/* Begins anew on a cleared page, all places granted to `domain` and posted. False: there
 * are not enough grants. */
bool net_receive_connect(struct net_receive *rx, void *page, uint16_t domain);

/* The back end is gone: what has come of a frame is forgotten, buffers stay. */
void net_receive_disconnect(struct net_receive *rx);

/* False: no slot is free. */
bool net_receive_post(struct net_receive *rx, const struct net_buffer *buffer);

/* Whether net_receive_take may find a frame. */
bool net_receive_is_ready(const struct net_receive *rx);

/* The token of the next buffer that a frame came in, and its length; NULL: none. */
void *net_receive_take(struct net_receive *rx, size_t *length);

#endif
