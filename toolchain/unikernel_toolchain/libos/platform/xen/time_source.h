/* SPDX-License-Identifier: ISC */
/* time_source.h: the running time of this guest, and Xen's. They differ once the guest
 * has moved to another Xen. */
#ifndef TIME_SOURCE_H
#define TIME_SOURCE_H

#include <stdint.h>

/* Xen's time (what its timers compare with) at a running time; never 0. */
uint64_t time_to_system_ns(uint64_t running_ns);

/* Around a suspend: running time goes on where it was. */
void time_suspend(void);
void time_resume(void);

#endif
