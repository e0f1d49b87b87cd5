/* SPDX-License-Identifier: ISC */
/* Indices only rise, modulo 2^32; a byte's place is its index modulo the ring's size, a
 * power of two. Bytes are there before the index that tells of them, and have been copied
 * before the index that gives their place back: x86 keeps stores in order, and the
 * compiler does by a barrier. */
#include "console_ring.h"

#define IN_SIZE (sizeof((struct xencons_interface *)0)->in)
#define OUT_SIZE (sizeof((struct xencons_interface *)0)->out)

static void barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void console_ring_init(struct console_ring *ring, volatile struct xencons_interface *page)
{
	*ring = (struct console_ring){page, page->out_prod, page->in_cons};
}

static size_t room(const struct console_ring *ring)
{
	uint32_t used = ring->written - ring->page->out_cons;
	return used <= OUT_SIZE ? OUT_SIZE - used : 0;
}

size_t console_ring_put(struct console_ring *ring, const char *text, size_t length)
{
	size_t free = room(ring), count = length < free ? length : free;
	barrier();
	for (size_t i = 0; i < count; i++)
		ring->page->out[ring->written++ % OUT_SIZE] = text[i];
	barrier();
	ring->page->out_prod = ring->written;
	return count;
}

static size_t input(const struct console_ring *ring)
{
	uint32_t waiting = ring->page->in_prod - ring->taken;
	return waiting <= IN_SIZE ? waiting : 0;
}

size_t console_ring_take(struct console_ring *ring, char *buffer, size_t capacity)
{
	size_t waiting = input(ring), count = capacity < waiting ? capacity : waiting;
	barrier();
	for (size_t i = 0; i < count; i++)
		buffer[i] = ring->page->in[ring->taken++ % IN_SIZE];
	barrier();
	ring->page->in_cons = ring->taken;
	return count;
}

bool console_ring_has_input(const struct console_ring *ring)
{
	return input(ring) != 0;
}

bool console_ring_is_empty(const struct console_ring *ring)
{
	return ring->page->out_cons == ring->written;
}
