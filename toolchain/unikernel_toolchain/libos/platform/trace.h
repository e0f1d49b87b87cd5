/* SPDX-License-Identifier: ISC */
/* trace.h: binary records for whoever measures the guest, over QEMU's isa-debugcon.
 * Little-endian: 'H' u64 counts a second | 'T' u8 milestone, u64 time stamp |
 * 'M' u16 length, text | 'X' u8 kind, u32 status. */
#ifndef TRACE_H
#define TRACE_H

#include "platform.h"

/* Milestones wait, as each byte costs an exit to the host: sent when the first line is
 * out, when the guest idles and when it ends. */

/* Records UK_MILESTONE_ENTRY at `tsc`. */
void trace_entry(uint64_t tsc);
void trace_flush(void);

/* Sends all that waits and how the guest ends; `message` (NULL: none) says why. */
void trace_end(enum end_kind kind, uint32_t status, const char *message);

#endif
