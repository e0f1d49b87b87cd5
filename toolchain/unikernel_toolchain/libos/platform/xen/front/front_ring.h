/* SPDX-License-Identifier: ISC */
/* front_ring.h: a ring of requests and responses, the front end's side
 * (xen/include/public/io/ring.h).
 *
 * Both sides write to the shared page: requests and responses take the same places, each
 * side its own producer position and the position at which it wants to hear of the
 * other's. Positions run on and wrap at 2^32; a place is the remainder by the size, a
 * power of two.
 *
 * All that stands in the page may be anything, and another thing at the next look: this
 * side keeps positions of its own, reads theirs once a look, and never takes more
 * responses than requests are out. Nothing here calls Xen.
 */
#ifndef FRONT_RING_H
#define FRONT_RING_H

#include <stdbool.h>
#include <stdint.h>

/* What every struct NAME_sring begins with. */
struct ring_positions {
	volatile uint32_t request_producer, request_event;
	volatile uint32_t response_producer, response_event;
};
#define RING_ENTRIES_OFFSET 64 /* bytes; there struct NAME_sring has its entries */

struct front_ring {
	struct ring_positions *shared;
	uint32_t size;	    /* entries, a power of two */
	uint32_t requests;  /* placed */
	uint32_t pushed;    /* of them, those that the back end may take */
	uint32_t responses; /* taken */
};

/* More responses than requests: the back end is broken, or an enemy. */
#define FRONT_RING_BROKEN UINT32_MAX

/* x86 keeps stores in order among themselves and loads among themselves. */
static inline void ring_order(void)
{
	__asm__ volatile("" : : : "memory");
}

/* A store, then a load. */
static inline void ring_fence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

/* `shared` is cleared memory of whole pages. Both sides hear of the first entry. */
static inline void front_ring_init(struct front_ring *r, void *shared, uint32_t size)
{
	*r = (struct front_ring){.shared = shared, .size = size};
	r->shared->request_event = r->shared->response_event = 1;
}

static inline uint32_t front_ring_out(const struct front_ring *r)
{
	return r->requests - r->responses;
}

static inline uint32_t front_ring_free(const struct front_ring *r)
{
	return r->size - front_ring_out(r);
}

/* The place of a position, of any type of entry of so many bytes. */
static inline volatile void *front_ring_entry(const struct front_ring *r,
					      uint32_t position, uint32_t bytes)
{
	return (volatile char *)r->shared + RING_ENTRIES_OFFSET +
	       (uintptr_t)(position & (r->size - 1)) * bytes;
}

/* Responses that wait to be taken, or FRONT_RING_BROKEN. */
static inline uint32_t front_ring_waiting(const struct front_ring *r)
{
	uint32_t waiting = r->shared->response_producer - r->responses;
	ring_order();
	return waiting <= r->pushed - r->responses ? waiting : FRONT_RING_BROKEN;
}

/* Lets the back end take what was placed; whether it wants to be notified. It has gone by
 * the position that it named when that lies in [pushed, requests), counted with wrapping.
 */
static inline bool front_ring_push(struct front_ring *r)
{
	uint32_t before = r->pushed;
	if (r->requests == before)
		return false;
	ring_order();
	r->shared->request_producer = r->pushed = r->requests;
	ring_fence();
	return r->requests - r->shared->request_event < r->requests - before;
}

/* Asks for one event once `more` responses wait. Those that wait already may raise none:
 * look again before halting. */
static inline void front_ring_ask(struct front_ring *r, uint32_t more)
{
	r->shared->response_event = r->responses + (more ? more : 1);
	ring_fence();
}

#endif
