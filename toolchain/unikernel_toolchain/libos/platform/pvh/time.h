/* SPDX-License-Identifier: ISC */
/* time.h: the clock sources behind unikernel_clock_*. */
#ifndef TIME_H
#define TIME_H

#include <stdint.h>

/* Time stamp counts a second. The first call, and the first look at a clock, chooses the
 * source; without pvclock it takes 300 us to measure. */
uint64_t time_tsc_hz(void);

/* Nanoseconds that the machine has run, pauses left out: what its timer counts, too. */
uint64_t time_running_ns(void);

#endif
