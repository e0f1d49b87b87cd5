/* SPDX-License-Identifier: ISC */
/* heap_header.h: what a block of the heap says of itself, and whether to believe it.
 *
 * Every block carries a keyed checksum of its address and header, so that an
 * overrun of the block before, a stray write or a pointer from elsewhere is noticed.
 */
#ifndef HEAP_HEADER_H
#define HEAP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "region.h"

#define BLOCK_ALIGNMENT 16
#define BLOCK_FREE SIZE_MAX

struct block {
	struct block *before; /* the neighbour below, NULL at the bottom of a region */
	size_t size;	      /* whole block in bytes, this header included */
	size_t requested;     /* bytes the application asked for, or BLOCK_FREE */
	uint64_t checksum;
	/* the application's bytes; in a free block its links */
};

#define BLOCK_SIZE_MIN (2 * sizeof(struct block))

static inline void *block_bytes(struct block *b)
{
	return b + 1;
}

static inline struct block *block_of(const void *bytes)
{
	return (struct block *)(uintptr_t)bytes - 1;
}

/* Sets the keys of checksums; once, before the first region. */
void blocks_set_key(const uint64_t key[2]);

/* Adds [start, end); false when there are too many regions. */
bool regions_add(uintptr_t start, uintptr_t end);

/* All regions together, in bytes. */
size_t regions_size(void);

/* Is `b` at a place where a block could be? */
bool block_in_region(const struct block *b);

bool block_intact(const struct block *b);

/* After a change of the header. */
void block_set_checksum(struct block *b);

/* Mostly one or two. */
#define REGIONS_MAX 16
extern struct region heap_regions[REGIONS_MAX];
extern unsigned heap_region_count;

/* The neighbour above, NULL at the top of a region. Every malloc and free asks. */
static inline struct block *block_after(struct block *b)
{
	uintptr_t end = (uintptr_t)b + b->size;
	for (unsigned i = 0; i < heap_region_count; i++)
		if (end == heap_regions[i].end)
			return NULL;
	return (struct block *)end;
}

#endif
