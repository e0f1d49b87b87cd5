/* SPDX-License-Identifier: ISC */
/* free_lists.h: free blocks, found by size in constant time.
 *
 * Two-level segregated fit (Masmano, Ripoll, Crespo, Real, "TLSF: a New Dynamic Memory
 * Allocator for Real-Time Systems", 2004): lists by power of two, each divided into 16,
 * with bitmaps of the lists that are not empty.
 */
#ifndef FREE_LISTS_H
#define FREE_LISTS_H

#include "heap_header.h"

/* Blocks are smaller than this. */
#define FREE_SIZE_LIMIT_BITS 40
#define FREE_SIZE_LIMIT ((size_t)1 << FREE_SIZE_LIMIT_BITS)

void free_list_insert(struct block *b);

/* Aborts when somebody wrote to the block since it was put in. */
void free_list_remove(struct block *b);

/* A block of at least `size` bytes, still in its list; NULL when there is none. */
struct block *free_list_find(size_t size);

/* Size of the largest block. Walks one list. */
size_t free_list_largest(void);

#endif
