/* SPDX-License-Identifier: ISC */
/* trace.h: binary records for whoever measures the guest, over QEMU's isa-debugcon.
 * Little-endian: 'H' u64 counts a second | 'T' u8 milestone, u64 time stamp |
 * 'M' u16 length, text | 'X' u8 kind, u32 status. */
#ifndef TRACE_H
#define TRACE_H

#include "platform.h"

/* Records wait in a buffer, as each byte costs an exit to the host: sent when the first
 * line is out, when the guest idles and when it ends. */

/* Looks for the channel and records UK_MILESTONE_ENTRY at `entry_tsc`. */
void trace_init(uint64_t entry_tsc);
void trace_clock(uint64_t tsc_hz);
void trace_flush(void);
void trace_message(const char *text);
void trace_end(enum end_kind kind, uint32_t status);

#endif
