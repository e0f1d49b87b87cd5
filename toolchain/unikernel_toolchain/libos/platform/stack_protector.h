/* SPDX-License-Identifier: ISC */
/* stack_protector.h: the word that guards every stack frame, at %fs:0x28. */
#ifndef STACK_PROTECTOR_H
#define STACK_PROTECTOR_H

#include <stdint.h>

static inline uint64_t stack_canary(void)
{
	uint64_t canary;
	__asm__("movq %%fs:0x28, %0" : "=r"(canary));
	return canary;
}

/* Only from a function that never returns: it would find its own canary changed.
 * The zero byte stops an overrun that copies text from writing the right value. */
static inline __attribute__((always_inline)) void stack_canary_set(uint64_t random)
{
	__asm__ volatile("movq %0, %%fs:0x28" : : "r"(random & ~(uint64_t)0xff));
}

#endif
