/* SPDX-License-Identifier: ISC */
/* A 16550 at COM1. */
#include "machine/console.h"
#include "common/platform.h"
#include "ioapic.h"
#include "unikernel.h"
#include "x86_64/common/x86.h"
#include "x86_64/machine/trap.h"

#define PORT 0x3f8
#define DATA (PORT + 0)
#define INTERRUPT_ENABLE (PORT + 1)
#define INTERRUPT_ENABLE_INPUT 0x01
#define FIFO_CONTROL (PORT + 2)
#define FIFO_ENABLE 0x01
#define MODEM_CONTROL (PORT + 4)
#define MODEM_CONTROL_DTR_RTS_OUT2 0x0b /* OUT2 lets interrupts through */
#define LINE_STATUS (PORT + 5)
#define LINE_STATUS_INPUT 0x01
#define LINE_STATUS_SENT 0x20 /* the FIFO is empty */
#define LINE_STATUS_IDLE 0x40 /* and the last byte is out */
#define LINE_STATUS_NONE 0xff /* nobody at this port */
#define FIFO_SIZE 16
#define INTERRUPT_LINE 4

/* A host that does not read holds the guest up this long, a second or so a FIFO; then
 * output is dropped. */
#define TIMEOUT_COUNTS ((uint64_t)1 << 31)

static volatile bool input_pending;

void console_init(void)
{
	outb(FIFO_CONTROL, FIFO_ENABLE);
	outb(MODEM_CONTROL, MODEM_CONTROL_DTR_RTS_OUT2);
}

static void on_input(void)
{
	input_pending = true;
}

void console_listen(void)
{
	trap_set_interrupt(VECTOR_CONSOLE, on_input);
	ioapic_route(INTERRUPT_LINE, VECTOR_CONSOLE);
	outb(INTERRUPT_ENABLE, INTERRUPT_ENABLE_INPUT);
	input_pending = inb(LINE_STATUS) & LINE_STATUS_INPUT;
}

bool console_has_input(void)
{
	return input_pending;
}

/* Once without RDTSC: mostly the host has taken all long ago. */
static bool wait_for(uint8_t status)
{
	if (inb(LINE_STATUS) & status)
		return true;
	for (uint64_t start = rdtsc(); rdtsc() - start < TIMEOUT_COUNTS;)
		if (inb(LINE_STATUS) & status)
			return true;
	return false;
}

void console_drain(void)
{
	wait_for(LINE_STATUS_IDLE);
}

void platform_console_write(const char *text, size_t length)
{
	/* an empty FIFO takes 16 bytes, and one instruction brings them */
	while (length && wait_for(LINE_STATUS_SENT)) {
		size_t burst = length < FIFO_SIZE ? length : FIFO_SIZE;
		outsb(DATA, text, burst);
		text += burst;
		length -= burst;
	}
}

/* The flag falls only when the line is empty; a byte that comes after the look raises
 * another interrupt, taken in the next idle window. */
size_t unikernel_console_read(char *buffer, size_t capacity)
{
	size_t taken = 0;
	while (taken < capacity) {
		uint8_t status = inb(LINE_STATUS);
		if (status == LINE_STATUS_NONE || !(status & LINE_STATUS_INPUT)) {
			input_pending = false;
			break;
		}
		buffer[taken++] = (char)inb(DATA);
	}
	return taken;
}

bool unikernel_console_ended(void)
{
	return false;
}
