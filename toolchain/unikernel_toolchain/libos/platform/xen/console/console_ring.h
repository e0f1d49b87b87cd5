/* SPDX-License-Identifier: ISC */
/* console_ring.h: the two rings of bytes in the console's page (xen/include/public/io/
 * console.h). The other side may write anything there: no index of its leads outside.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <io/console.h>

/* What the guest has written and read is its own knowledge; the page is only told. */
struct console_ring {
	volatile struct xencons_interface *page;
	uint32_t written, taken;
};

/* Begins where the indices in the page are. */
void console_ring_init(struct console_ring *ring,
		       volatile struct xencons_interface *page);

/* Puts in as much of `text` as there is room for; returns how much. An index of the other
 * side's that cannot be leaves no room. */
size_t console_ring_put(struct console_ring *ring, const char *text, size_t length);

/* Takes up to `capacity` bytes of input. An impossible index: there is none. */
size_t console_ring_take(struct console_ring *ring, char *buffer, size_t capacity);
bool console_ring_has_input(const struct console_ring *ring);

/* Has the other side taken all that was put in? */
bool console_ring_is_empty(const struct console_ring *ring);

#endif
