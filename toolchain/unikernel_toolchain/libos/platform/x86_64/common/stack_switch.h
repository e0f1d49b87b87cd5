/* SPDX-License-Identifier: ISC */
#ifndef STACK_SWITCH_H
#define STACK_SWITCH_H

#include <stdint.h>

/* Calls `next`, which must not return, on the stack that ends at `stack_end`, a multiple
 * of 16. The stack so far is given up. */
__attribute__((noreturn)) void stack_switch(uintptr_t stack_end, void (*next)(void));

#endif
