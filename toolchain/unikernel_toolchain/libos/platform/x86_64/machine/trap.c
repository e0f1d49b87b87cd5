/* SPDX-License-Identifier: ISC */
/* What happens when the CPU leaves the program: an exception goes to whoever explains it
 * and does not come back unless it changed the frame; an interrupt goes to its handler,
 * which only notes that something happened, and the interrupt controller hears that it
 * was taken.
 */
#include "trap.h"
#include "machine/interrupts.h"
#include "x86_64/common/fault.h"
#include "x86_64/common/x86.h"

#define FIRST_INTERRUPT 32

static interrupt_handler_t handlers[TRAP_VECTORS - FIRST_INTERRUPT];

void trap_dispatch(struct trap_frame *frame);

static uintptr_t fault_address(void)
{
	uintptr_t address;
	__asm__("movq %%cr2, %0" : "=r"(address));
	return address;
}

void trap_set_interrupt(unsigned vector, interrupt_handler_t handler)
{
	handlers[vector - FIRST_INTERRUPT] = handler;
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < FIRST_INTERRUPT) {
		fault_handle(frame, fault_address());
		return;
	}
	interrupt_handler_t handler = handlers[frame->vector - FIRST_INTERRUPT];
	if (handler)
		handler();
	interrupts_end((unsigned)frame->vector);
}
