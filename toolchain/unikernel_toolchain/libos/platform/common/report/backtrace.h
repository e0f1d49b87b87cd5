/* SPDX-License-Identifier: ISC */
/* backtrace.h: who called whom, from a stack. */
#ifndef BACKTRACE_H
#define BACKTRACE_H

#include <stdint.h>

struct backtrace_start {
	uintptr_t instruction, stack, frame;
};

/* Prints "  #0 0x... name+0x..." lines. Frame pointers are followed as long as they
 * make sense. Code without them (OCaml, the C library) leaves its callers to guessing:
 * return addresses found by searching the stack, each marked "?". */
void backtrace_print(const struct backtrace_start *start);

#endif
