/* SPDX-License-Identifier: ISC */
/* fault.h: what an exception of the processor means to people. */
#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

/* Page fault error code, Intel SDM volume 3, 4.7 */
#define FAULT_PRESENT 1
#define FAULT_WRITE 2
#define FAULT_FETCH 16

/* Where the program was, in the order in which trap_entry.S saves it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Reports the exception `frame->vector` and ends the guest. `address` is what a page
 * fault was about. Returns only when the program goes on elsewhere (the overrun handler),
 * having set rip and rdi. */
void fault_handle(struct trap_frame *frame, uintptr_t address);

/* Ends the guest as faulted, with a report of `what` at `frame`. */
__attribute__((noreturn)) void fault_report(const struct trap_frame *frame,
					    uint32_t number, const char *what);

#endif
