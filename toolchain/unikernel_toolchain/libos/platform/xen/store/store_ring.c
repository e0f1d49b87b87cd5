/* SPDX-License-Identifier: ISC */
/* As the console's rings (console_ring.c); but a store that sets an impossible index
 * cannot be talked to any more, as messages have a beginning and an end.
 */
#include "store_ring.h"

#define SIZE XENSTORE_RING_SIZE

static void barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void store_ring_init(struct store_ring *ring,
		     volatile struct xenstore_domain_interface *page)
{
	*ring = (struct store_ring){page, page->req_prod, page->rsp_cons, false};
}

/* How many there are between two indices, 0 when they cannot be. */
static uint32_t between(struct store_ring *ring, uint32_t from, uint32_t to)
{
	if (to - from > SIZE)
		ring->broken = true;
	return ring->broken ? 0 : to - from;
}

size_t store_ring_put(struct store_ring *ring, const void *bytes, size_t length)
{
	uint32_t used = between(ring, ring->page->req_cons, ring->asked);
	size_t room = ring->broken ? 0 : SIZE - used,
	       count = length < room ? length : room;
	barrier();
	for (size_t i = 0; i < count; i++)
		ring->page->req[ring->asked++ % SIZE] = ((const char *)bytes)[i];
	barrier();
	ring->page->req_prod = ring->asked;
	return count;
}

size_t store_ring_take(struct store_ring *ring, void *bytes, size_t length)
{
	size_t waiting = between(ring, ring->taken, ring->page->rsp_prod);
	size_t count = length < waiting ? length : waiting;
	barrier();
	for (size_t i = 0; i < count; i++)
		((char *)bytes)[i] = ring->page->rsp[ring->taken++ % SIZE];
	barrier();
	ring->page->rsp_cons = ring->taken;
	return count;
}
