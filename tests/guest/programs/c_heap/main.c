/* SPDX-License-Identifier: ISC */
/* Blocks of all sizes come, grow, shrink and go in random order; their contents stay,
 * and in the end all memory is back. */
#include <stdint.h>
#include <string.h>

#include "unikernel.h"

#define SLOTS 500
#define ROUNDS 40000

static struct slot {
	unsigned char *bytes;
	size_t size;
	unsigned char fill;
} slots[SLOTS];

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static size_t random_size(void)
{
	uint64_t r = next_random();
	return r % 16 == 0 ? r / 16 % 100000 : r / 16 % 300;
}

static int holds(const struct slot *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (s->bytes[i] != s->fill)
			return 0;
	return 1;
}

static void fill(struct slot *s, size_t size)
{
	s->size = size;
	s->fill = (unsigned char)next_random();
	memset(s->bytes, s->fill, size);
	if (unikernel_alloc_size(s->bytes) < size)
		unikernel_abort("smaller than asked");
}

static void take(struct slot *s)
{
	size_t size = random_size(), alignment = (size_t)1 << next_random() % 13;
	s->bytes = next_random() % 4 ? unikernel_alloc(size)
				     : unikernel_alloc_aligned(alignment, size);
	if (!s->bytes)
		unikernel_abort("out of memory");
	fill(s, size);
}

static void resize(struct slot *s)
{
	size_t size = random_size(), kept = size < s->size ? size : s->size;
	s->bytes = unikernel_realloc(s->bytes, size);
	if (!s->bytes || !holds(s, kept))
		unikernel_abort("contents lost");
	fill(s, size);
}

static void give(struct slot *s)
{
	if (!holds(s, s->size))
		unikernel_abort("contents changed");
	unikernel_free(s->bytes);
	s->bytes = NULL;
}

static void check_alignment(void)
{
	for (size_t alignment = 1; alignment <= 1 << 16; alignment *= 2) {
		void *block = unikernel_alloc_aligned(alignment, 10);
		if ((uintptr_t)block % alignment || (uintptr_t)block % 16)
			unikernel_abort("not aligned");
		unikernel_free(block);
	}
	if (unikernel_alloc_aligned(48, 10))
		unikernel_abort("48 is no alignment");
}

static void check_limits(void)
{
	void *none = unikernel_alloc(0);
	if (!none)
		unikernel_abort("no block of size 0");
	unikernel_free(none);
	unikernel_free(NULL);
	if (unikernel_alloc((size_t)1 << 40) || unikernel_alloc(SIZE_MAX) ||
	    unikernel_alloc_aligned(64, SIZE_MAX))
		unikernel_abort("more memory than there is");
}

int unikernel_main(const struct unikernel_start_info *info)
{
	size_t used = unikernel_heap_used();
	check_alignment();
	check_limits();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct slot *s = &slots[next_random() % SLOTS];
		if (!s->bytes)
			take(s);
		else if (next_random() % 2)
			resize(s);
		else
			give(s);
	}
	for (unsigned i = 0; i < SLOTS; i++)
		if (slots[i].bytes)
			give(&slots[i]);
	if (unikernel_heap_used() != used)
		unikernel_abort("memory is missing");
	if (!unikernel_alloc(info->heap_size))
		unikernel_abort("the heap stayed in pieces");
	static const char line[] = "the heap holds\n";
	unikernel_console_write(line, sizeof line - 1);
	return 0;
}
