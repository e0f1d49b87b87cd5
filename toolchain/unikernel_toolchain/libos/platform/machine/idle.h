/* SPDX-License-Identifier: ISC */
/* idle.h: where the CPU has nothing to do. A machine's folder defines it. */
#ifndef IDLE_H
#define IDLE_H

#include <stdbool.h>
#include <stdint.h>

#define IDLE_NEVER UINT64_MAX

/* Lets in what happened since the last time. The first call readies the sources of
 * interrupts, the console's input among them: a guest that never waits does not pay. */
void idle_begin(void);

/* Halts the CPU until an interrupt that was asked for, or until the running time
 * `until_ns` (pvh/time.h), or IDLE_NEVER. May return early. */
void idle_halt(uint64_t until_ns);

/* Between two looks at a device that is to finish before the guest ends, the first of
 * them at the running time `since_ns`: has whoever works for it go on. False when that
 * was long enough. */
bool idle_give_way(uint64_t since_ns);

#endif
