/* SPDX-License-Identifier: ISC */
#include "interrupts.h"
#include "console.h"
#include "ioapic.h"
#include "lapic.h"

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
