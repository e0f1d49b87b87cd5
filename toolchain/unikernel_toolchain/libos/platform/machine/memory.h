/* SPDX-License-Identifier: ISC */
/* memory.h: what memory there is and how the guest divides it.
 *
 * From the image's end upwards: command line, guard, stack, page tables, heap. What a
 * small guest touches lies together: the host pays for every 2 MiB page anew. Stack and
 * heap begin at other places at every boot, within bounds that keep that so.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/memory/region.h"

struct memory {
	struct region ram[16]; /* usable, page aligned, above 1 MiB, not overlapping */
	unsigned ram_count;
	struct region *image_ram; /* the one that holds the image */
	struct region stack;	  /* the guard is below its start */
	struct region tables;
	const char *cmdline;
	uintptr_t next; /* first page of `image_ram` not given away */
};

extern struct memory memory;

/* Takes in RAM that the loader told of; what lies in the first MiB is left alone. */
void memory_add_ram(uint64_t start, uint64_t size);

/* Once all RAM is known: finds the image in it, and keeps a copy of the command line
 * (NULL: none) that the loader may have put where the guest's own data goes. */
void memory_init(const char *cmdline);

/* Puts the guard where the next free page is, and the stack above it. */
void memory_place_stack(void);

/* Where the stack's first frame begins, aligned to 16. */
uintptr_t memory_stack_top(void);

/* Whether there is little in all: what is per device is smaller then. */
bool memory_is_small(void);

/* Gives all that is left to the heap. */
void memory_fill_heap(void);

/* Gives away whole pages as they are, before the heap is filled. Aborts when there are
 * no more. */
uintptr_t memory_reserve(uintptr_t bytes);

/* Gives away `bytes`, rounded to whole pages, cleared; from the heap once that is
 * filled. Aborts when there are no more. */
void *memory_allocate(uintptr_t bytes);

#endif
