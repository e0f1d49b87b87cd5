/* SPDX-License-Identifier: ISC */
#include "interrupts.h"
#include "ioapic.h"
#include "machine/console.h"
#include "machine/interrupts.h"
#include "x86_64/machine/lapic.h"
#include "x86_64/machine/trap.h"

/* The local controller first: lines are routed to its number. */
void interrupts_init(void)
{
	static bool ready;
	if (ready)
		return;
	ready = true;
	lapic_init();
	ioapic_init();
	console_listen();
}

/* A spurious interrupt was never in service (Intel SDM volume 3, section 11.9). */
void interrupts_end(unsigned vector)
{
	if (vector != VECTOR_SPURIOUS)
		lapic_end_of_interrupt();
}
