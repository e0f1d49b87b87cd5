/* SPDX-License-Identifier: ISC */
/* heap_blocks.h: memory cut into blocks that know their neighbours. */
#ifndef HEAP_BLOCKS_H
#define HEAP_BLOCKS_H

#include "heap_header.h"

/* Gives [start, end) to the free lists. */
void blocks_add_region(uintptr_t start, uintptr_t end);

/* Takes a free block of at least `size` bytes off the lists and cuts off what is too
 * much; NULL when there is none. The caller sets `requested` and the checksum. */
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
