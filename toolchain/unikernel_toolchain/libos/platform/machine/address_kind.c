/* SPDX-License-Identifier: ISC */
/* What lies where, for fault reports. */
#include "common/memory/stack_size.h"
#include "common/platform.h"
#include "common/report/symbols.h"
#include "memory.h"

extern const char boot_stack[], boot_stack_end[];

const char *platform_cmdline(void)
{
	return memory.cmdline;
}

static bool between(uintptr_t address, uintptr_t start, uintptr_t end)
{
	return address >= start && address < end;
}

static bool in_ram(uintptr_t address)
{
	for (unsigned i = 0; i < memory.ram_count; i++)
		if (between(address, memory.ram[i].start, memory.ram[i].end))
			return true;
	return false;
}

static const char *image_part(uintptr_t address)
{
	if (address < (uintptr_t)_srodata)
		return ".text";
	if (address < (uintptr_t)_sdata)
		return ".rodata";
	return address < (uintptr_t)_end ? ".data" : "table of symbols";
}

const char *platform_address_kind(uintptr_t address)
{
	if (address < PAGE_SIZE)
		return "zero page";
	if (between(address, (uintptr_t)_stext, symbols_image_end()))
		return image_part(address);
	if (platform_stack_above_guard(address))
		return "stack guard";
	if (between(address, memory.stack.start, memory.stack.end))
		return "stack";
	if (between(address, memory.tables.start, memory.tables.end))
		return "page tables";
	return in_ram(address) ? "heap" : "no memory";
}

uintptr_t platform_stack_end(uintptr_t address)
{
	if (between(address, memory.stack.start, memory.stack.end))
		return memory.stack.end;
	if (between(address, (uintptr_t)boot_stack, (uintptr_t)boot_stack_end))
		return (uintptr_t)boot_stack_end;
	return 0;
}

uintptr_t platform_stack_above_guard(uintptr_t address)
{
	uintptr_t start = memory.stack.start;
	return between(address, start - STACK_GUARD_SIZE, start) ? start : 0;
}
