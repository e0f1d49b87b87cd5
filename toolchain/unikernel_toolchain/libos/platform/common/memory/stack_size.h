/* SPDX-License-Identifier: ISC */
/* stack_size.h: how much of a guest's memory is its stack, and its guard. */
#ifndef STACK_SIZE_H
#define STACK_SIZE_H

#include <stdint.h>
#include "unikernel.h"

#define STACK_SIZE_MIN ((uintptr_t)64 << 10)
#define STACK_SIZE_MAX ((uintptr_t)8 << 20)
#define STACK_SHARE 8 /* one eighth */

/* Not mapped, below the stack. Code compiled here touches every page of a large frame in
 * turn (-fstack-clash-protection). The distribution's does not: its largest frames are of
 * 8 KiB (musl's strtod and realpath, the runtime's collector), and GMP takes temporaries
 * of up to 32 KiB from the stack. */
#define STACK_GUARD_SIZE ((uintptr_t)64 << 10)

/* The first frame begins at another place at every boot: so much lower at most. */
#define STACK_SLIDE_MAX ((uintptr_t)64 << 10)
#define STACK_SLIDE_SHARE 16

/* Bytes of stack for `memory` bytes, a multiple of `page` but for the limits, which are.
 */
static inline uintptr_t stack_size(uintptr_t memory, uintptr_t page)
{
	uintptr_t size = (memory / STACK_SHARE + page - 1) & -page;
	uintptr_t most = unikernel_stack_size_max;
	return size < STACK_SIZE_MIN ? STACK_SIZE_MIN : size > most ? most : size;
}

#endif
