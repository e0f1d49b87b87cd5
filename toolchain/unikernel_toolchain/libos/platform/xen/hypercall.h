/* SPDX-License-Identifier: ISC */
/* hypercall.h: calls of Xen (xen/include/public/arch-x86/xen-x86_64.h: number in RAX by
 * way of the hypercall page, arguments in RDI, RSI, RDX, R10, R8, result in RAX).
 *
 * Numbers are __HYPERVISOR_* of <xen.h>. Results below zero are -XEN_E* of <errno.h>.
 * What arguments point to is memory of the guest, mapped as everything is: virtual =
 * physical.
 */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

/* Has Xen fill the page: before the first call, and after a resume on another Xen. False
 * where there is no Xen: nothing can be called then. */
bool hypercall_init(void);

#define HYPERCALL_STUB_BYTES 32 /* each number's code in the page */

#define HYPERCALL_CALL "call hypercall_page + %c[offset]"

/* `number` must be a constant. */
static inline __attribute__((always_inline)) intptr_t hypercall1(unsigned number,
								 uintptr_t first)
{
	intptr_t result;
	__asm__ volatile(HYPERCALL_CALL
			 : "=a"(result), "+D"(first)
			 : [offset] "i"(number * HYPERCALL_STUB_BYTES)
			 : "rsi", "rdx", "r10", "r8", "memory");
	return result;
}

static inline __attribute__((always_inline)) intptr_t
hypercall2(unsigned number, uintptr_t first, uintptr_t second)
{
	intptr_t result;
	__asm__ volatile(HYPERCALL_CALL
			 : "=a"(result), "+D"(first), "+S"(second)
			 : [offset] "i"(number * HYPERCALL_STUB_BYTES)
			 : "rdx", "r10", "r8", "memory");
	return result;
}

static inline __attribute__((always_inline)) intptr_t
hypercall3(unsigned number, uintptr_t first, uintptr_t second, uintptr_t third)
{
	intptr_t result;
	__asm__ volatile(HYPERCALL_CALL
			 : "=a"(result), "+D"(first), "+S"(second), "+d"(third)
			 : [offset] "i"(number * HYPERCALL_STUB_BYTES)
			 : "r10", "r8", "memory");
	return result;
}

#endif
