/* SPDX-License-Identifier: ISC */
/* platform.h: what the shared platform code and a target's folder ask of each other. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a guest ended; the numbers go over the trace channel. */
enum end_kind {
	END_EXIT = 1,
	END_ABORT = 2,
	END_FAULT = 3,
};

/* What an ending is as a status of 8 bits: the application's own as far as 123. */
uint8_t exit_status(enum end_kind kind, uint32_t status);

/* Target: ends the guest for good. `message` (NULL: none) tells the host why. */
__attribute__((noreturn)) void platform_exit(enum end_kind kind, uint32_t status,
					     const char *message);

/* Target: the boot parameters, "" when there are none. */
const char *platform_cmdline(void);

/* Target: what the linker, the loader and the memory map put at `address`:
 * ".text", "heap", "stack guard", "unmapped" ... Never NULL. */
const char *platform_address_kind(uintptr_t address);

/* Target: the end (exclusive) of the stack that holds `address`, 0 when none does.
 * Every byte from `address` to there can be read. */
uintptr_t platform_stack_end(uintptr_t address);

/* Target: the lowest byte of the stack whose guard holds `address`, 0 when none does. */
uintptr_t platform_stack_above_guard(uintptr_t address);

/* Target: sends text to the console. */
void platform_console_write(const char *text, size_t length);

/* Is the console in the middle of a line? */
bool console_in_line(void);

/* Target: sets the base of thread-local storage, checked. */
void platform_set_tls_base(uintptr_t base);

/* Readies thread-local storage for code that looks there unasked, if there is any. */
void tls_init(void);

/* Linker script. */
extern const char _stext[], _etext[], _srodata[], _erodata[], _sdata[], _end[];

static inline bool in_text(uintptr_t address)
{
	return address >= (uintptr_t)_stext && address < (uintptr_t)_etext;
}

#endif
