/* SPDX-License-Identifier: ISC */
/* time.h: the clocks behind unikernel_clock_*. */
#ifndef TIME_H
#define TIME_H

#include <stdint.h>

#define SECOND_NS 1000000000u

/* `stack`: what RSP pointed to at the entry. */
void time_init(const uintptr_t *stack);

/* Nanoseconds that the host was awake: what its timers count, and its tracing. */
uint64_t time_running_ns(void);

#endif
