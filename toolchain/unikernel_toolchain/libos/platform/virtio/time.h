/* SPDX-License-Identifier: ISC */
/* time.h: the clock sources behind uk_clock_*. */
#ifndef TIME_H
#define TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Chooses the source and starts measuring it; then does time_finish the rest, so that
 * the measurement runs while the guest does something useful. */
void time_begin(void);
void time_finish(void);

/* Time stamp counts a second, known after time_finish. */
uint64_t time_tsc_hz(void);

#endif
