/* SPDX-License-Identifier: ISC */
/* The ways out, best first: QEMU's debug exit carries a status, the others only stop. */
#include "common/platform.h"
#include "common/trace.h"
#include "machine/console.h"
#include "pvh/wait.h"
#include "x86_64/common/x86.h"

#define PORT_PANIC 0x505 /* pvpanic */
#define PANIC_NONE 0xff
#define PANICKED 1

#define PORT_DEBUG_EXIT 0x501
#define PORT_ACPI_PM1A 0x604 /* q35 and pc as their firmware sets them up */
#define ACPI_SLEEP_S5 0x2000
#define PORT_KEYBOARD 0x64
#define KEYBOARD_RESET 0xfe

/* An exception without a gate is a double fault, without a gate for that one a shutdown,
 * which machines answer by a reset. */
static __attribute__((noreturn)) void triple_fault(void)
{
	static const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} no_gates = {0, 0};
	__asm__ volatile("lidt %0; ud2" : : "m"(no_gates));
	__builtin_unreachable();
}

void platform_exit(enum end_kind kind, uint32_t status, const char *message)
{
	if (kind == END_EXIT)
		wait_finish();
	else if (inb(PORT_PANIC) != PANIC_NONE)
		outb(PORT_PANIC, PANICKED);
	trace_end(kind, status, message);
	console_drain(); /* what is still in the UART would be lost */
	outb(PORT_DEBUG_EXIT, exit_status(kind, status));
	outw(PORT_ACPI_PM1A, ACPI_SLEEP_S5);
	outb(PORT_KEYBOARD, KEYBOARD_RESET);
	triple_fault();
}
