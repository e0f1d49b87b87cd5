/* SPDX-License-Identifier: ISC */
/* cmdline.h: the boot command line of a process, and what its base reads there:
 * UNIKERNEL_MEMORY_MIB (memory.h), UNIKERNEL_TRACE and _CORE (trace_channel.h),
 * UNIKERNEL_PARENT and UNIKERNEL_STOPPED (lifetime.h), UNIKERNEL_NET and UNIKERNEL_BLOCK
 * (unikernel.h), UNIKERNEL_NET_0 and on (net/attachments.h), UNIKERNEL_BLOCK_0 and on
 * (block/files.h).
 *
 * A word that cannot be meant ends the process: one line on standard error, status 64
 * (EX_USAGE of BSD's sysexits.h). */
#ifndef CMDLINE_H
#define CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

/* The arguments of the process, joined by a blank; "" when there are none. */
extern const char *cmdline;

/* Joins them where Linux put them. `stack`: what RSP pointed to at the entry. */
void cmdline_join(uintptr_t *stack);

/* The value of the variable `name`, a number from `least` to `most`; `otherwise` when it
 * is not there. */
uint64_t cmdline_number(const char *name, uint64_t least, uint64_t most,
			uint64_t otherwise);

/* The descriptor that the variable `name` gives, open; -1 when it is not there. */
int cmdline_descriptor(const char *name);

/* Ends the process with this line (see format.h). */
__attribute__((noreturn)) void cmdline_refuse(const char *pattern, ...);

/* Reads a decimal number at `*text` and moves past it; false when there is none, or none
 * up to `most`. */
bool cmdline_take_number(const char **text, uint64_t most, uint64_t *number);

#endif
