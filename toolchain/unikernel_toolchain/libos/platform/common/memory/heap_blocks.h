/* SPDX-License-Identifier: ISC */
/* heap_blocks.h: memory cut into blocks that know their neighbours.
 *
 * Every block carries a seal, a keyed digest of its place and header, so that an
 * overrun of the block before, a stray write or a pointer from elsewhere is noticed.
 */
#ifndef HEAP_BLOCKS_H
#define HEAP_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_ALIGNMENT 16
#define BLOCK_FREE SIZE_MAX

struct block {
	struct block *before; /* the neighbour below, NULL at the bottom of a region */
	size_t size;	      /* whole block in bytes, this header included */
	size_t requested;     /* bytes the application asked for, or BLOCK_FREE */
	uint64_t seal;
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

/* Sets the secrets of seals; once, before the first region. */
void blocks_set_key(const uint64_t key[2]);

/* Gives [start, end) to the free lists. */
void blocks_add_region(uintptr_t start, uintptr_t end);

/* All regions together, in bytes. */
size_t blocks_size(void);

/* Is `b` at a place where a block could be? */
bool block_in_region(const struct block *b);

bool block_intact(const struct block *b);

/* Writes the seal after a change of the header. */
void block_seal(struct block *b);

/* Takes a free block of at least `size` bytes off the lists and cuts off what is too
 * much; NULL when there is none. The caller sets `requested` and seals the block. */
struct block *blocks_take(size_t size);

/* Cuts `b`, which is on no list, after `size` bytes when the rest is worth a block;
 * the rest becomes free. */
void block_trim(struct block *b, size_t size);

/* Cuts the first `size` bytes off `b`, frees them and returns the rest. */
struct block *block_split_front(struct block *b, size_t size);

/* Joins a free neighbour above to `b` (used); false when there is none. */
bool block_absorb_after(struct block *b);

/* Puts `b` on the free lists, joined with free neighbours. */
void block_release(struct block *b);

#endif
