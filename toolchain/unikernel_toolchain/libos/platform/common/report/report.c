/* SPDX-License-Identifier: ISC */
/* A report may run anywhere, with a heap that is broken and on a stack of its own: it
 * allocates nothing and formats into small buffers. `reporting` ends the guest when
 * something in here fails as well.
 */
#include "report.h"
#include "common/platform.h"
#include "format.h"
#include "symbols.h"
#include "unikernel.h"

#define REGISTERS_A_LINE 4

static bool reporting;

static void begin(enum end_kind kind, uint32_t status, const char *what)
{
	if (reporting) {
		static const char line[] = "unikernel: failed again while reporting\n";
		unikernel_console_write(line, sizeof line - 1);
		platform_exit(kind, status, what);
	}
	reporting = true;
	if (console_in_line())
		print("\n");
}

static void print_registers(const struct named_value *registers, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		print("  %s %X%s", registers[i].name, registers[i].value,
		      i % REGISTERS_A_LINE == REGISTERS_A_LINE - 1 || i == count - 1
			      ? "\n"
			      : "");
}

const char *report_place(uintptr_t address, char *buffer, unsigned capacity)
{
	struct symbol symbol;
	if (symbol_find(address, &symbol))
		format(buffer, capacity, "%x %s+%x", (uint64_t)address, symbol.name,
		       symbol.offset);
	else
		format(buffer, capacity, "%x", (uint64_t)address);
	return buffer;
}

void report_fault(const char *what, uint32_t number, const struct named_value *registers,
		  unsigned count, const struct backtrace_start *start)
{
	begin(END_FAULT, number, what);
	print("unikernel: fault: %s\n", what);
	print_registers(registers, count);
	backtrace_print(start);
	platform_exit(END_FAULT, number, what);
}

void unikernel_abort(const char *why)
{
	begin(END_ABORT, UNIKERNEL_EXIT_ABORT, why);
	print("unikernel: abort: %s\n", why);
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct backtrace_start start = {
		.instruction =
			(uintptr_t)__builtin_return_address(0) - 1, /* in the call */
		.stack = frame + 16,
		.frame = *(const uintptr_t *)frame,
	};
	backtrace_print(&start);
	platform_exit(END_ABORT, UNIKERNEL_EXIT_ABORT, why);
}

void unikernel_exit(int status)
{
	platform_exit(END_EXIT, (uint32_t)status, 0);
}
