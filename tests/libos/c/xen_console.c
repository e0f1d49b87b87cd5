/* SPDX-License-Identifier: ISC */
/* A console daemon that takes and types what it likes, with indices that jump: what it
 * takes of the output is what was written, in order and nothing twice, and input arrives
 * as it was typed, for as long as its indices can be. Usage: xen_console [ANSWERS] */
#include "xen_back_end.h"
#include "xen/console/console_ring.h"

#define LONGEST 5000

static struct xencons_interface *page;
static struct console_ring ring;
static uint8_t written, read_back, typed, taken; /* each side counts bytes up */

static void write_some(void)
{
	uint32_t length = below(LONGEST), before = page->out_prod;
	char text[LONGEST];
	for (uint32_t i = 0; i < length; i++)
		text[i] = (char)(written + i);
	size_t count = console_ring_put(&ring, text, length);
	assert(count <= length && count <= sizeof page->out);
	assert(page->out_prod - before == count);
	assert(count == length || page->out_prod - page->out_cons == sizeof page->out ||
	       page->out_prod - page->out_cons > sizeof page->out);
	written += (uint8_t)count;
}

static void take_some(void)
{
	uint32_t capacity = below(LONGEST), before = ring.taken;
	bool there = console_ring_has_input(&ring);
	char *buffer = malloc(capacity + 1);
	size_t count = console_ring_take(&ring, buffer, capacity);
	assert(count <= capacity && count <= sizeof page->in);
	assert(ring.taken - before == count && page->in_cons == ring.taken);
	assert(there || !count);
	for (size_t i = 0; i < count; i++)
		assert((uint8_t)buffer[i] == taken++);
	free(buffer);
}

static void read_output(void)
{
	uint32_t waiting = page->out_prod - page->out_cons;
	for (uint32_t n = waiting ? below(waiting + 1) : 0; n; n--)
		assert((uint8_t)page->out[page->out_cons++ % sizeof page->out] ==
		       read_back++);
	assert((page->out_cons == page->out_prod) == console_ring_is_empty(&ring));
}

static void type(void)
{
	uint32_t room = sizeof page->in - (page->in_prod - page->in_cons);
	for (uint32_t n = room ? below(room + 1) : 0; n; n--)
		page->in[page->in_prod++ % sizeof page->in] = (char)typed++;
}

/* Both sides go on from where they are, as after a resume. */
static void begin(void)
{
	page->in_prod = page->in_cons = any();
	page->out_prod = page->out_cons = any();
	written = read_back = typed = taken = 0;
	console_ring_init(&ring, page);
}

/* Indices that cannot be, or that the guest alone may set: it neither reads nor writes
 * outside, and goes by its own. */
static void jump(void)
{
	uint32_t *indices[] = {&page->in_prod, &page->out_cons, &page->in_cons,
			       &page->out_prod};
	for (unsigned n = 1 + below(3); n; n--)
		*indices[below(4)] = any();
	for (unsigned n = below(4); n; n--) {
		char buffer[LONGEST] = {0};
		assert(console_ring_put(&ring, buffer, sizeof buffer) <=
		       sizeof page->out);
		assert(console_ring_take(&ring, buffer, sizeof buffer) <=
		       sizeof page->in);
	}
	begin();
}

int main(int argc, char **argv)
{
	page = malloc(sizeof *page);
	begin();
	for (unsigned long n = inputs(argc, argv); n; n--) {
		void (*const steps[])(void) = {write_some, take_some, read_output, type};
		if (one_in(20))
			jump();
		else
			steps[below(4)]();
	}
	free(page);
	puts("done");
}
