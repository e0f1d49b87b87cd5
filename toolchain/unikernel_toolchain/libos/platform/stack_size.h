/* SPDX-License-Identifier: ISC */
/* stack_size.h: how much of a guest's memory is its stack. */
#ifndef STACK_SIZE_H
#define STACK_SIZE_H

#include <stdint.h>

#define STACK_SIZE_MIN ((uintptr_t)64 << 10)
#define STACK_SIZE_MAX ((uintptr_t)8 << 20)
#define STACK_SHARE 8 /* one eighth */

/* Bytes of stack for `memory` bytes, a multiple of `page` but for the limits, which are.
 */
static inline uintptr_t stack_size(uintptr_t memory, uintptr_t page)
{
	uintptr_t size = (memory / STACK_SHARE + page - 1) & -page;
	return size < STACK_SIZE_MIN   ? STACK_SIZE_MIN
	       : size > STACK_SIZE_MAX ? STACK_SIZE_MAX
				       : size;
}

#endif
