/* SPDX-License-Identifier: ISC */
/* heap.h: how a target sets up the heap behind unikernel_alloc. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Draws the secrets of its canaries. */
void heap_init(void);

/* Adds [start, end), 16-byte aligned, to the heap. */
void heap_add(uintptr_t start, uintptr_t end);

/* The largest size that unikernel_alloc can serve now. */
size_t heap_largest(void);

#endif
