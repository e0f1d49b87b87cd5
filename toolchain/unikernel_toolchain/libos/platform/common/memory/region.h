/* SPDX-License-Identifier: ISC */
/* region.h: pieces of address space, and the pages they consist of. */
#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define MIB ((uint64_t)1 << 20)

/* [start, end) */
struct region {
	uintptr_t start, end;
};

static inline bool region_holds(const struct region *region, uintptr_t address)
{
	return address >= region->start && address < region->end;
}

static inline uintptr_t page_up(uintptr_t address)
{
	return (address + PAGE_SIZE - 1) & -(uintptr_t)PAGE_SIZE;
}

#endif
