/* SPDX-License-Identifier: ISC */
/* store_ring.h: the two rings of bytes in xenstore's page
 * (xen/include/public/io/xs_wire.h). The other side may write anything there: no index of
 * its leads outside.
 */
#ifndef STORE_RING_H
#define STORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <io/xs_wire.h>

/* What the guest has asked and taken is its own knowledge; the page is only told. */
struct store_ring {
	volatile struct xenstore_domain_interface *page;
	uint32_t asked, taken;
	bool broken; /* an index that cannot be: nothing goes in or out any more */
};

/* Begins where the indices in the page are. */
void store_ring_init(struct store_ring *ring,
		     volatile struct xenstore_domain_interface *page);

/* Puts in as many of `length` bytes as there is room for; returns how many. */
size_t store_ring_put(struct store_ring *ring, const void *bytes, size_t length);

/* Takes up to `length` bytes of what was answered; returns how many. */
size_t store_ring_take(struct store_ring *ring, void *bytes, size_t length);

#endif
