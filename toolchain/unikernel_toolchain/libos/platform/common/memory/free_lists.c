/* SPDX-License-Identifier: ISC */
/* A block of `size` bytes is on lists[power][division]: power of two, and which sixteenth
 * of it. Sizes are rounded up to the next list's when one is looked for, so that any
 * block on it will do ("good fit"), and two bitmaps and two bit scans find it. The links
 * are in the free blocks themselves, where a write after free meets them.
 */
#include "free_lists.h"
#include "unikernel.h"

#define DIVISION_BITS 4
#define DIVISIONS (1u << DIVISION_BITS)
#define SMALLEST_BITS 6 /* BLOCK_SIZE_MIN is 1 << 6 */
#define POWERS (FREE_SIZE_LIMIT_BITS - SMALLEST_BITS)
#define WRITTEN_AFTER_FREE "heap: a block was written to after it was freed"

_Static_assert(BLOCK_SIZE_MIN == 1u << SMALLEST_BITS, "smallest list");

struct links {
	struct block *next, *previous;
};

struct list {
	unsigned power, division;
};

static struct block *lists[POWERS][DIVISIONS];
static uint64_t powers_filled;
static uint16_t divisions_filled[POWERS];

static struct links *links_of(struct block *b)
{
	return block_bytes(b);
}

/* The list on which a block of `size` bytes belongs. */
static struct list list_of(size_t size)
{
	unsigned top = 63 - (unsigned)__builtin_clzll(size);
	return (struct list){
		.power = top - SMALLEST_BITS,
		.division = (size >> (top - DIVISION_BITS)) & (DIVISIONS - 1),
	};
}

void free_list_insert(struct block *b)
{
	struct list l = list_of(b->size);
	struct block **head = &lists[l.power][l.division];
	*links_of(b) = (struct links){.next = *head};
	if (*head)
		links_of(*head)->previous = b;
	*head = b;
	divisions_filled[l.power] |= (uint16_t)(1u << l.division);
	powers_filled |= (uint64_t)1 << l.power;
}

/* The header has a checksum, links have none: they must at least point into the heap, and
 * the list must point back, which the caller looks at. */
static void check_links(const struct block *b, struct links links)
{
	bool next_fits = !links.next || block_in_region(links.next);
	bool previous_fits = !links.previous || block_in_region(links.previous);
	if (!block_intact(b) || !next_fits || !previous_fits)
		unikernel_abort(WRITTEN_AFTER_FREE);
}

void free_list_remove(struct block *b)
{
	struct list l = list_of(b->size);
	struct links links = *links_of(b);
	check_links(b, links);
	struct block **from = links.previous ? &links_of(links.previous)->next
					     : &lists[l.power][l.division];
	if (*from != b)
		unikernel_abort(WRITTEN_AFTER_FREE);
	*from = links.next;
	if (links.next)
		links_of(links.next)->previous = links.previous;
	if (lists[l.power][l.division])
		return;
	divisions_filled[l.power] &= (uint16_t) ~(1u << l.division);
	if (!divisions_filled[l.power])
		powers_filled &= ~((uint64_t)1 << l.power);
}

/* The first block of the first list not below `l`, NULL when all are empty. */
static struct block *first_from(struct list l)
{
	if (l.power >= POWERS)
		return NULL;
	unsigned divisions = divisions_filled[l.power] & (~0u << l.division);
	if (!divisions) {
		uint64_t powers = powers_filled & (~(uint64_t)1 << l.power);
		if (!powers)
			return NULL;
		l.power = (unsigned)__builtin_ctzll(powers);
		divisions = divisions_filled[l.power];
	}
	return lists[l.power][__builtin_ctz(divisions)];
}

/* Every block on a list above that of `size` is large enough; on the list itself only
 * the first is looked at, which keeps the time constant. */
struct block *free_list_find(size_t size)
{
	struct list own = list_of(size);
	unsigned top = 63 - (unsigned)__builtin_clzll(size);
	size_t rounded = size + ((size_t)1 << (top - DIVISION_BITS)) - 1;
	struct block *b = first_from(list_of(rounded));
	if (b || own.power >= POWERS)
		return b;
	b = lists[own.power][own.division];
	return b && b->size >= size ? b : NULL;
}

size_t free_list_largest(void)
{
	if (!powers_filled)
		return 0;
	unsigned power = 63 - (unsigned)__builtin_clzll(powers_filled);
	unsigned division = 31 - (unsigned)__builtin_clz(divisions_filled[power]);
	size_t largest = 0;
	for (struct block *b = lists[power][division]; b; b = links_of(b)->next)
		if (b->size > largest)
			largest = b->size;
	return largest;
}
