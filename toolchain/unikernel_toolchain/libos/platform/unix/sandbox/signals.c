/* SPDX-License-Identifier: ISC */
/* Linux turns exceptions into signals and tells nearly all that the CPU did; this turns
 * them back into what a machine's trap would see, so that one report serves both.
 * Handlers run on a stack of their own: the usual fault is that the other ran over.
 */
#include "signals.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "sandbox.h"
#include "signal_frame.h"
#include "unix/linux/system_calls.h"
#include "x86_64/common/fault.h"

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGCONT 18
#define SIGSYS 31

#define SA_SIGINFO 0x4u
#define SA_RESTORER 0x4000000u
#define SA_ONSTACK 0x8000000u
#define SA_RESTART 0x10000000u
#define SA_NODEFER 0x40000000u /* a fault in a handler cannot wait */
#define SIG_IGN 1
#define SIG_SETMASK 2

#define CODE_OF_KERNEL 1 /* and above; others are sent by processes */
#define CODE_ACCESS 2	 /* SEGV_ACCERR: the page is there, for something else */
#define CODE_SECCOMP 1	 /* SYS_SECCOMP */
#define VECTOR_INVALID_INSTRUCTION 6
#define VECTOR_PAGE_FAULT 14
#define SYSCALL_BYTES 2

/* A frame with the registers of AVX-512 is 3 KiB; the report comes on top. */
#define STACK_SIZE (64u << 10)

struct action {
	uintptr_t handler;
	uint64_t flags;
	void (*restorer)(void);
	uint64_t mask;
};

void signal_return(void); /* signal_return.S */

static char handler_stack[STACK_SIZE] __attribute__((aligned(16)));

static void copy_in(struct trap_frame *f, const struct signal_context *c)
{
	*f = (struct trap_frame){
		.r15 = c->r15,
		.r14 = c->r14,
		.r13 = c->r13,
		.r12 = c->r12,
		.r11 = c->r11,
		.r10 = c->r10,
		.r9 = c->r9,
		.r8 = c->r8,
		.rdi = c->rdi,
		.rsi = c->rsi,
		.rbp = c->rbp,
		.rbx = c->rbx,
		.rdx = c->rdx,
		.rcx = c->rcx,
		.rax = c->rax,
		.error = c->error,
		.vector = c->trap_number,
		.rip = c->rip,
		.rflags = c->rflags,
		.rsp = c->rsp,
	};
}

/* A page that is only not in the page table yet counts as present. SIGILL is also the
 * kernel's answer to a few system calls; then no exception has left its number. */
static void handle_exception(struct trap_frame *frame, const struct signal_info *info,
			     struct signal_context *context)
{
	if (frame->vector == VECTOR_PAGE_FAULT && info->code == CODE_ACCESS)
		frame->error |= FAULT_PRESENT;
	if (info->number == SIGILL)
		frame->vector = VECTOR_INVALID_INSTRUCTION;
	fault_handle(frame, context->cr2);
	context->rip = frame->rip;
	context->rdi = frame->rdi;
}

static __attribute__((noreturn)) void report_sent(const struct trap_frame *frame,
						  int number)
{
	char what[REPORT_TEXT_SIZE], place[REPORT_TEXT_SIZE / 2];
	report_place(frame->rip, place, sizeof place);
	format(what, sizeof what, "signal %u sent by a process, at %s", (uint64_t)number,
	       place);
	fault_report(frame, (uint32_t)number, what);
}

static void handle(int number, const struct signal_info *info,
		   struct signal_context *context)
{
	struct trap_frame frame;
	copy_in(&frame, context);
	if (info->code < CODE_OF_KERNEL)
		report_sent(&frame, number);
	if (number == SIGSYS && info->code == CODE_SECCOMP) {
		frame.rip -= SYSCALL_BYTES;
		sandbox_report(&frame, (unsigned)info->system_call);
	}
	handle_exception(&frame, info, context);
}

/* A wait that a stop interrupted goes on for as long as it had left at the stop, unless
 * there is something to handle: then it ends, and begins anew with what is left now. */
static void handle_continuation(void)
{
}

static void set_action(int number, uintptr_t handler)
{
	struct action action = {
		.handler = handler,
		.flags = SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER | SA_RESTART,
		.restorer = signal_return,
	};
	system_call(SYS_RT_SIGACTION, (uintptr_t)number, (uintptr_t)&action, 0,
		    sizeof action.mask, 0, 0);
}

void signals_init(void)
{
	static const int exceptions[] = {SIGILL, SIGTRAP, SIGBUS,
					 SIGFPE, SIGSEGV, SIGSYS};
	struct signal_stack stack = {handler_stack, 0, sizeof handler_stack};
	uint64_t none = 0;
	system_call_3(SYS_SIGALTSTACK, (uintptr_t)&stack, 0, 0);
	for (unsigned i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		set_action(exceptions[i], (uintptr_t)handle);
	set_action(SIGCONT, (uintptr_t)handle_continuation);
	set_action(SIGPIPE, SIG_IGN);
	/* a parent may have left signals blocked: an exception would kill silently */
	system_call(SYS_RT_SIGPROCMASK, SIG_SETMASK, (uintptr_t)&none, 0, sizeof none, 0,
		    0);
}
