/* SPDX-License-Identifier: ISC */
/* trace.h: binary records for whoever measures the guest.
 * Little-endian: 'H' u64 counts a second | 'T' u8 milestone, u64 time stamp |
 * 'M' u16 length, text | 'X' u8 kind, u32 status. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>

#include "platform.h"

/* Milestones wait, as each write costs: sent when the first line is out, when the guest
 * idles and when it ends. */

/* Records UNIKERNEL_MILESTONE_ENTRY at `stamp`. */
void trace_entry(uint64_t stamp);
void trace_flush(void);

/* Sends all that waits and how the guest ends; `message` (NULL: none) says why. */
void trace_end(enum end_kind kind, uint32_t status, const char *message);

/* Target: does somebody listen? */
bool trace_channel_present(void);
void trace_channel_write(const void *bytes, size_t size);

/* Target: a time stamp, and how many there are a second. */
uint64_t trace_channel_stamp(void);
uint64_t trace_channel_hz(void);

#endif
