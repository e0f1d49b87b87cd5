/* SPDX-License-Identifier: ISC */
/* time.h: the clock sources behind unikernel_clock_*. A machine's folder defines them. */
#ifndef TIME_H
#define TIME_H

#include <stdint.h>

/* Time stamp counts a second. The first call, and the first look at a clock, chooses the
 * source, which may take 300 us to measure. */
uint64_t time_tsc_hz(void);

/* Nanoseconds that the machine has run, pauses left out as far as the machine does not
 * count them: what its timer counts, too. Never goes back. */
uint64_t time_running_ns(void);

/* Wall time less running time, as the machine's source of wall time has it now; `last`
 * when there is none. */
int64_t time_wall_offset_ns(int64_t last);

#endif
