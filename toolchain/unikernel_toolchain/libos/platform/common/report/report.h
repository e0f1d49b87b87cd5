/* SPDX-License-Identifier: ISC */
/* report.h: the last words of a guest that broke. */
#ifndef REPORT_H
#define REPORT_H

#include "backtrace.h"

#define REPORT_TEXT_SIZE 224

struct named_value {
	const char *name;
	uint64_t value;
};

/* Prints what happened, registers (`count` of them) and a backtrace, tells the host,
 * ends the guest as faulted. A fault inside a report ends the guest at once. */
__attribute__((noreturn)) void report_fault(const char *what, uint32_t number,
					    const struct named_value *registers,
					    unsigned count,
					    const struct backtrace_start *start);

/* "0x1234 name+0x12" for `address`, or the number alone. */
const char *report_place(uintptr_t address, char *buffer, unsigned capacity);

#endif
