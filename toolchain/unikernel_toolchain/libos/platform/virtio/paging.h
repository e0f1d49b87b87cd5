/* SPDX-License-Identifier: ISC */
/* paging.h: the guest's page tables, one address space, virtual = physical.
 *
 * .text can be executed, .rodata only read, everything else read and written and never
 * executed. Not mapped: the first MiB, the page under the stack, whatever is no memory.
 */
#ifndef PAGING_H
#define PAGING_H

#include <stdint.h>

/* Builds the tables and turns them and the CPU's protections on. */
void paging_init(void);

/* Takes the page at `address` away: touching it is a fault. */
void paging_forbid(uintptr_t address);

/* Maps device registers, uncached; whole 2 MiB pages around them. */
void paging_map_device(uintptr_t address, uintptr_t size);

#endif
