/* SPDX-License-Identifier: ISC */
/* memory.h: what memory there is and how the guest divides it.
 *
 * From the image's end upwards: command line, page tables, guard page, stack, heap. What
 * a small guest touches lies together: the host pays for every 2 MiB page anew.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

#define PAGE_SIZE 4096u
#define MIB ((uint64_t)1 << 20)

struct region {
	uintptr_t start, end;
};

struct memory {
	struct region ram[16]; /* usable, page aligned, above 1 MiB, not overlapping */
	unsigned ram_count;
	struct region *home; /* the one that holds the image */
	struct region stack; /* the page below its start is the guard */
	const char *cmdline;
	uintptr_t next; /* first page of `home` not given away */
};

extern struct memory memory;

/* Reads the PVH start information at physical address `start_info`. */
void memory_init(uintptr_t start_info);

/* Puts the stack where the next free page is; the page under it stays unused. */
void memory_place_stack(void);

/* Gives all that is left to the heap. */
void memory_fill_heap(void);

/* Gives away `bytes`, rounded to whole pages, cleared; from the heap once that is
 * filled. Aborts when there are no more. */
void *memory_take(uintptr_t bytes);

#endif
