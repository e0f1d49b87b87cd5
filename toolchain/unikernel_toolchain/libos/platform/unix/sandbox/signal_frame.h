/* SPDX-License-Identifier: ISC */
/* signal_frame.h: what a signal handler gets (Linux, arch/x86/include/uapi/asm:
 * ucontext.h and sigcontext.h; include/uapi/asm-generic/siginfo.h). */
#ifndef SIGNAL_FRAME_H
#define SIGNAL_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct signal_stack {
	void *start;
	int32_t flags;
	size_t size;
};

struct signal_context {
	uint64_t flags;
	void *link;
	struct signal_stack stack;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx,
		rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap_number, old_mask, cr2;
};

struct signal_info {
	int32_t number, error, code, unused;
	uintptr_t address; /* what a fault was about */
	int32_t system_call;
};

#endif
