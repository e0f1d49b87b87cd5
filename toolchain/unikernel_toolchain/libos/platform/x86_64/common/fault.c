/* SPDX-License-Identifier: ISC */
/* Exceptions in words, and the one that a program may survive: a page fault in the guard
 * below the stack is an overrun, for which the layer above may name a place to go on.
 * Everything else ends the guest with a report: what, where, registers, who called whom.
 */
#include "fault.h"
#include "common/platform.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "unikernel.h"

#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT 14

static const char *const names[] = {
	[0] = "division by zero",
	[1] = "debug trap",
	[2] = "non-maskable interrupt",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound exceeded",
	[6] = "invalid instruction",
	[7] = "FPU not available",
	[8] = "double fault",
	[10] = "invalid task state",
	[11] = "segment not present",
	[12] = "stack segment fault",
	[VECTOR_GENERAL_PROTECTION] =
		"general protection fault (address not canonical, or "
		"a privileged register)",
	[VECTOR_PAGE_FAULT] = "page fault",
	[16] = "x87 floating-point error",
	[17] = "misaligned access",
	[18] = "machine check",
	[19] = "SIMD floating-point error",
	[21] = "control protection fault",
};

static unikernel_overrun_handler_t overrun_handler;

void unikernel_set_overrun_handler(unikernel_overrun_handler_t handler)
{
	overrun_handler = handler;
}

static const char *access_of(uint64_t error)
{
	return error & FAULT_FETCH   ? "execution of"
	       : error & FAULT_WRITE ? "write to"
				     : "read of";
}

/* The error code says what was tried, and whether the page was there at all. */
static const char *protection_of(uint64_t error)
{
	if (!(error & FAULT_PRESENT))
		return "unmapped";
	return error & FAULT_FETCH ? "non-executable" : "read-only";
}

static void describe(char *what, size_t size, const struct trap_frame *frame,
		     uintptr_t address)
{
	char place[REPORT_TEXT_SIZE / 2];
	report_place(frame->rip, place, sizeof place);
	const char *name =
		frame->vector < sizeof names / sizeof *names && names[frame->vector]
			? names[frame->vector]
			: "unknown exception";
	if (frame->vector == VECTOR_PAGE_FAULT) {
		format(what, size, "%s: %s %s page %x (%s) at %s", name,
		       access_of(frame->error), protection_of(frame->error),
		       (uint64_t)address, platform_address_kind(address), place);
	} else {
		format(what, size, "%s (error %x) at %s", name, frame->error, place);
	}
}

/* A stack pointer in the guard points at nothing that could be read. */
static uintptr_t readable_stack(const struct trap_frame *frame)
{
	uintptr_t above = platform_stack_above_guard(frame->rsp);
	return above ? above : frame->rsp;
}

void fault_report(const struct trap_frame *f, uint32_t number, const char *what)
{
	const struct named_value registers[] = {
		{"rip", f->rip}, {"rsp", f->rsp}, {"rbp", f->rbp}, {"flg", f->rflags},
		{"rax", f->rax}, {"rbx", f->rbx}, {"rcx", f->rcx}, {"rdx", f->rdx},
		{"rsi", f->rsi}, {"rdi", f->rdi}, {"r8 ", f->r8},  {"r9 ", f->r9},
		{"r10", f->r10}, {"r11", f->r11}, {"r12", f->r12}, {"r13", f->r13},
		{"r14", f->r14}, {"r15", f->r15},
	};
	struct backtrace_start start = {f->rip, readable_stack(f), f->rbp};
	report_fault(what, number, registers, sizeof registers / sizeof *registers,
		     &start);
}

static bool went_on_elsewhere(struct trap_frame *frame, uintptr_t address)
{
	if (frame->vector != VECTOR_PAGE_FAULT || !overrun_handler ||
	    !platform_stack_above_guard(address))
		return false;
	uintptr_t argument = frame->rdi;
	uintptr_t next = overrun_handler(frame->rip, readable_stack(frame), &argument);
	if (!next)
		return false;
	frame->rip = next;
	frame->rdi = argument;
	return true;
}

void fault_handle(struct trap_frame *frame, uintptr_t address)
{
	char what[REPORT_TEXT_SIZE];
	if (went_on_elsewhere(frame, address))
		return;
	describe(what, sizeof what, frame, address);
	fault_report(frame, (uint32_t)frame->vector, what);
}
