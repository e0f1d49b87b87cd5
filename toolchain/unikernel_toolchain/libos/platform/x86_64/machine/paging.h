/* SPDX-License-Identifier: ISC */
/* paging.h: the guest's page tables, one address space, virtual = physical.
 *
 * .text can be executed, .rodata only read, everything else read and written and never
 * executed. Not mapped: the first MiB, the guard under the stack, whatever is no memory.
 * The tables themselves are only read from when they are on.
 */
#ifndef PAGING_H
#define PAGING_H

#include <stdint.h>

/* Builds the tables, where the next free page is, and turns them and the CPU's
 * protections on. The stack has been placed. */
void paging_init(void);

/* Bits of a table's entry. */
#define PAGING_PRESENT ((uint64_t)1)
#define PAGING_WRITABLE ((uint64_t)1 << 1)
#define PAGING_UNCACHED ((uint64_t)3 << 3) /* PWT and PCD: strong uncacheable */
#define PAGING_NO_EXECUTE ((uint64_t)1 << 63)

#define PAGING_CODE PAGING_PRESENT
#define PAGING_DATA (PAGING_PRESENT | PAGING_WRITABLE | PAGING_NO_EXECUTE)
#define PAGING_DEVICE (PAGING_DATA | PAGING_UNCACHED)

/* Maps what a machine has at fixed places besides RAM, from the start: tables made later
 * would come from a heap that may be full. A machine's folder defines it, by calls of
 * paging_map. */
void paging_map_fixed(void);

/* Maps pages [start, end) with the largest that fit, while tables are built. What is
 * mapped already stays. */
void paging_map(uintptr_t start, uintptr_t end, uint64_t flags);

/* Maps device registers, uncached; whole 2 MiB pages around them. */
void paging_map_device(uintptr_t address, uintptr_t size);

#endif
