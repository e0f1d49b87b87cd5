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

/* Maps device registers, uncached; whole 2 MiB pages around them. */
void paging_map_device(uintptr_t address, uintptr_t size);

#endif
