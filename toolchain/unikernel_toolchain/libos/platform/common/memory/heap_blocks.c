/* SPDX-License-Identifier: ISC */
/* Cutting and joining. Invariants between calls:
 *   - blocks fill a region without gaps, and each knows the one below (`before`);
 *   - of two neighbours at least one is in use: free ones are joined at once;
 *   - a block is on a free list if and only if it says that it is free;
 *   - every header has its checksum, and none is believed before that was looked at.
 */
#include "heap_blocks.h"
#include "free_lists.h"
#include "unikernel.h"

static void set_before(struct block *b, struct block *before)
{
	if (!b)
		return;
	if (!block_intact(b))
		unikernel_abort("heap: a block header was overwritten");
	b->before = before;
	block_set_checksum(b);
}

static void make_free(struct block *b)
{
	b->requested = BLOCK_FREE;
	block_set_checksum(b);
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
	block_set_checksum(rest);
	set_before(block_after(rest), rest);
	b->size = size;
	block_set_checksum(b);
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
	struct block *above = block_after(b);
	if (!above || above->requested != BLOCK_FREE)
		return false;
	free_list_remove(above);
	b->size += above->size;
	set_before(block_after(b), b);
	block_set_checksum(b);
	return true;
}

void block_release(struct block *b)
{
	b->requested = BLOCK_FREE; /* also where it gets absorbed: marks a second free */
	block_set_checksum(b);
	block_absorb_after(b);
	struct block *before = b->before;
	if (before && before->requested == BLOCK_FREE) {
		free_list_remove(before);
		before->size += b->size;
		set_before(block_after(b), before);
		b = before;
	}
	make_free(b);
}

void blocks_add_region(uintptr_t start, uintptr_t end)
{
	if (end - start > FREE_SIZE_LIMIT - BLOCK_ALIGNMENT)
		end = start + FREE_SIZE_LIMIT - BLOCK_ALIGNMENT;
	if (end - start < BLOCK_SIZE_MIN || !regions_add(start, end))
		return;
	struct block *b = (struct block *)start;
	b->before = NULL;
	b->size = end - start;
	make_free(b);
}
