/* SPDX-License-Identifier: ISC */
/* rtc.h: a clock that counts while the machine does not: the battery-backed one of a PC
 * (MC146818), taken to keep UTC. */
#ifndef RTC_H
#define RTC_H

#include <stdint.h>

/* Seconds since 1970-01-01 00:00 UTC; 0 when the machine has no such clock. */
uint64_t rtc_seconds(void);

#endif
