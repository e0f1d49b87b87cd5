/* SPDX-License-Identifier: ISC */
#include "heap_blocks.h"
#include "unikernel.h"

#define DIVISION_BITS 4
#define DIVISIONS (1u << DIVISION_BITS)
#define SMALLEST_BITS 6 /* BLOCK_SIZE_MIN is 1 << 6 */
#define POWERS 34	/* blocks below 1 TiB */
#define REGION_SIZE_MAX (((size_t)1 << (SMALLEST_BITS + POWERS)) - BLOCK_ALIGNMENT)
#define REGIONS_MAX 16
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
static uint64_t seal_key[2];
static struct {
	uintptr_t start, end;
} regions[REGIONS_MAX];
static unsigned region_count;

void blocks_set_key(const uint64_t key[2])
{
	seal_key[0] = key[0];
	seal_key[1] = key[1] | 1;
}

static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * seal_key[1];
	return state ^ (state >> 29);
}

static uint64_t seal_of(const struct block *b)
{
	uint64_t state = mix(seal_key[0], (uintptr_t)b);
	state = mix(state, (uintptr_t)b->before);
	state = mix(state, b->size);
	return mix(state, b->requested);
}

bool block_intact(const struct block *b)
{
	return b->seal == seal_of(b);
}

void block_seal(struct block *b)
{
	b->seal = seal_of(b);
}

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

static void list_insert(struct block *b)
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

static void check_links(const struct block *b, struct links links)
{
	bool next_fits = !links.next || block_in_region(links.next);
	bool previous_fits = !links.previous || block_in_region(links.previous);
	if (!block_intact(b) || !next_fits || !previous_fits)
		uk_abort(WRITTEN_AFTER_FREE);
}

static void list_remove(struct block *b)
{
	struct list l = list_of(b->size);
	struct links links = *links_of(b);
	check_links(b, links);
	struct block **from = links.previous ? &links_of(links.previous)->next
					     : &lists[l.power][l.division];
	if (*from != b)
		uk_abort(WRITTEN_AFTER_FREE);
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
static struct block *find(size_t size)
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

/* The neighbour above, NULL at the top of a region. */
static struct block *after(struct block *b)
{
	uintptr_t end = (uintptr_t)b + b->size;
	for (unsigned i = 0; i < region_count; i++)
		if (end == regions[i].end)
			return NULL;
	return (struct block *)end;
}

static void set_before(struct block *b, struct block *before)
{
	if (!b)
		return;
	if (!block_intact(b))
		uk_abort("heap: a block header was overwritten");
	b->before = before;
	block_seal(b);
}

static void make_free(struct block *b)
{
	b->requested = BLOCK_FREE;
	block_seal(b);
	list_insert(b);
}

/* Makes the bytes of `b` from `size` on a block of their own, in use, on no list. */
static struct block *cut(struct block *b, size_t size)
{
	struct block *rest = (struct block *)((char *)b + size);
	rest->before = b;
	rest->size = b->size - size;
	rest->requested = 0;
	block_seal(rest);
	set_before(after(rest), rest);
	b->size = size;
	block_seal(b);
	return rest;
}

struct block *blocks_take(size_t size)
{
	struct block *b = find(size);
	if (!b)
		return NULL;
	list_remove(b);
	b->requested = 0;
	block_trim(b, size);
	return b;
}

void block_trim(struct block *b, size_t size)
{
	if (b->size - size < BLOCK_SIZE_MIN)
		return;
	block_release(cut(b, size));
}

struct block *block_split_front(struct block *b, size_t size)
{
	struct block *rest = cut(b, size);
	block_release(b);
	return rest;
}

bool block_absorb_after(struct block *b)
{
	struct block *above = after(b);
	if (!above || above->requested != BLOCK_FREE)
		return false;
	list_remove(above);
	b->size += above->size;
	set_before(after(b), b);
	block_seal(b);
	return true;
}

void block_release(struct block *b)
{
	b->requested = BLOCK_FREE; /* also where it gets absorbed: marks a second free */
	block_seal(b);
	block_absorb_after(b);
	struct block *before = b->before;
	if (before && before->requested == BLOCK_FREE) {
		list_remove(before);
		before->size += b->size;
		set_before(after(b), before);
		b = before;
	}
	make_free(b);
}

bool block_in_region(const struct block *b)
{
	uintptr_t at = (uintptr_t)b;
	for (unsigned i = 0; i < region_count; i++)
		if (at >= regions[i].start && at < regions[i].end)
			return at % BLOCK_ALIGNMENT == 0;
	return false;
}

void blocks_add_region(uintptr_t start, uintptr_t end)
{
	if (end - start > REGION_SIZE_MAX)
		end = start + REGION_SIZE_MAX;
	if (region_count == REGIONS_MAX || end - start < BLOCK_SIZE_MIN)
		return;
	regions[region_count].start = start;
	regions[region_count++].end = end;
	struct block *b = (struct block *)start;
	b->before = NULL;
	b->size = end - start;
	make_free(b);
}

size_t blocks_largest(void)
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
