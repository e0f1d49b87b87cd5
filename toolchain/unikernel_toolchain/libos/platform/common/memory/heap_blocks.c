/* SPDX-License-Identifier: ISC */
#include "heap_blocks.h"
#include "heap_lists.h"
#include "unikernel.h"

#define REGIONS_MAX 16

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
		unikernel_abort("heap: a block header was overwritten");
	b->before = before;
	block_seal(b);
}

static void make_free(struct block *b)
{
	b->requested = BLOCK_FREE;
	block_seal(b);
	free_list_insert(b);
}

/* Makes the bytes of `b` from `size` on a block of their own, on no list; `requested` is
 * what it says of itself. */
static struct block *cut(struct block *b, size_t size, size_t requested)
{
	struct block *rest = (struct block *)((char *)b + size);
	rest->before = b;
	rest->size = b->size - size;
	rest->requested = requested;
	block_seal(rest);
	set_before(after(rest), rest);
	b->size = size;
	block_seal(b);
	return rest;
}

/* The neighbours of a free block are in use: what is cut off has nobody to join. */
struct block *blocks_take(size_t size)
{
	struct block *b = free_list_find(size);
	if (!b)
		return NULL;
	free_list_remove(b);
	b->requested = 0;
	if (b->size - size >= BLOCK_SIZE_MIN)
		free_list_insert(cut(b, size, BLOCK_FREE));
	return b;
}

void block_trim(struct block *b, size_t size)
{
	if (b->size - size < BLOCK_SIZE_MIN)
		return;
	block_release(cut(b, size, 0));
}

struct block *block_split_front(struct block *b, size_t size)
{
	struct block *rest = cut(b, size, 0);
	block_release(b);
	return rest;
}

bool block_absorb_after(struct block *b)
{
	struct block *above = after(b);
	if (!above || above->requested != BLOCK_FREE)
		return false;
	free_list_remove(above);
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
		free_list_remove(before);
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

size_t blocks_size(void)
{
	size_t size = 0;
	for (unsigned i = 0; i < region_count; i++)
		size += regions[i].end - regions[i].start;
	return size;
}

void blocks_add_region(uintptr_t start, uintptr_t end)
{
	if (end - start > FREE_SIZE_LIMIT - BLOCK_ALIGNMENT)
		end = start + FREE_SIZE_LIMIT - BLOCK_ALIGNMENT;
	if (region_count == REGIONS_MAX || end - start < BLOCK_SIZE_MIN)
		return;
	regions[region_count].start = start;
	regions[region_count++].end = end;
	struct block *b = (struct block *)start;
	b->before = NULL;
	b->size = end - start;
	make_free(b);
}
