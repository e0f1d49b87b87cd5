/* SPDX-License-Identifier: ISC */
/* frame_pool.h: buffers that devices receive into and OCaml gets as Bigarrays. One that
 * the collector finds dead goes back to its pool. */
#ifndef FRAME_POOL_H
#define FRAME_POOL_H

#include <caml/mlvalues.h>
#include <stddef.h>

struct frame_pool {
	size_t size;	/* bytes of each buffer */
	unsigned limit; /* buffers that may exist at a time */
	unsigned made;
	unsigned free_count;
	void *free; /* linked through their first words */
};

extern struct frame_pool frame_pool_small, frame_pool_large;

/* A buffer, NULL when all are in use or memory is short. */
void *frame_pool_take(struct frame_pool *pool);

void frame_pool_put(struct frame_pool *pool, void *buffer);

/* How many buffers frame_pool_take can give, memory permitting. */
unsigned frame_pool_available(const struct frame_pool *pool);

/* The Bigarray of characters that now owns the pool's `buffer`. */
value frame_pool_wrap(const struct frame_pool *pool, void *buffer);

#endif
