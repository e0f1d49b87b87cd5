/* SPDX-License-Identifier: ISC */
/* memory.h: the guest's memory and how it is divided.
 *
 * Image, stack and heap are UNIKERNEL_MEMORY_MIB together. Upwards, where the kernel
 * chose: a guard that is not there, the stack, the heap. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

#include "common/memory/region.h"

struct memory {
	struct region
		first_stack; /* what Linux started the process on, as far as known */
	struct region stack; /* the guard is below its start */
	struct region heap;
};

extern struct memory memory;

/* `first_stack_end`: every byte of the first stack below it can be read. */
void memory_init(uintptr_t first_stack_end);

void memory_fill_heap(void);

#endif
