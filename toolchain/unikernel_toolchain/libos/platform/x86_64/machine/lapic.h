/* SPDX-License-Identifier: ISC */
/* lapic.h: the CPU's interrupt controller and its timer. */
#ifndef LAPIC_H
#define LAPIC_H

#include <stdint.h>

/* What the timer counts a second, in QEMU and in KVM (their bus is 1 GHz). */
#define LAPIC_TIMER_HZ 1000000000u

/* Readies it at the first call, and silences the two legacy controllers. */
void lapic_init(void);
void lapic_end_of_interrupt(void);
uint8_t lapic_id(void);

/* One interrupt on VECTOR_TIMER after `delay_ns`, or earlier when that is further off
 * than the counter reaches. */
void lapic_timer_arm(uint64_t delay_ns);
void lapic_timer_stop(void);

/* Free running, without interrupts, for calibration: counts down from 2^32 - 1. */
void lapic_timer_run_free(void);
uint32_t lapic_timer_count(void);

#endif
