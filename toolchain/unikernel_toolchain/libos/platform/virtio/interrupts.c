/* SPDX-License-Identifier: ISC */
#include "machine/interrupts.h"
#include "ioapic.h"
#include "machine/console.h"
#include "x86_64/machine/lapic.h"

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
