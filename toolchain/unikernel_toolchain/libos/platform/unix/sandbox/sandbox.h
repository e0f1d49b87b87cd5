/* SPDX-License-Identifier: ISC */
/* sandbox.h: what a process may still ask of the kernel once it is set up. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "x86_64/common/fault.h"

/* With this descriptor reads and writes at an offset, fdatasync, discards and advice will
 * pass; before sandbox_enter, for at most SANDBOX_FILES_MAX descriptors. */
#define SANDBOX_FILES_MAX 16
void sandbox_allow_file(int descriptor);

/* From here on every other system call ends the guest; there is no way back. */
void sandbox_enter(void);

/* Ends the guest with a report of the forbidden system call at `frame`. */
__attribute__((noreturn)) void sandbox_report(const struct trap_frame *frame,
					      unsigned number);

#endif
