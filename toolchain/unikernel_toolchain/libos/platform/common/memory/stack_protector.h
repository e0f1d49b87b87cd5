/* SPDX-License-Identifier: ISC */
/* stack_protector.h: the word that guards every stack frame of code compiled here.
 *
 * It is a variable, not %fs:0x28: an application may set any base of thread-local
 * storage. What the distribution compiled looks there; runtime/libc/thread.c keeps a word
 * for it.
 */
#ifndef STACK_PROTECTOR_H
#define STACK_PROTECTOR_H

#include <stdint.h>

extern uintptr_t __stack_chk_guard;

/* Only from a function that never returns: it would find its own canary changed.
 * The zero byte stops an overrun that copies text from writing the right value. */
static inline __attribute__((always_inline)) void stack_canary_set(uint64_t random)
{
	__stack_chk_guard = random & ~(uint64_t)0xff;
}

#endif
