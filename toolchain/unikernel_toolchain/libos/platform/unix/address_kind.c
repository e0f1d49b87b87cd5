/* SPDX-License-Identifier: ISC */
/* What lies where, for fault reports. */
#include "common/memory/stack_size.h"
#include "common/platform.h"
#include "common/report/symbols.h"
#include "memory.h"

static bool inside(uintptr_t address, const struct region *region)
{
	return address >= region->start && address < region->end;
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
	const struct region image = {(uintptr_t)_stext, symbols_image_end()};
	if (address < PAGE_SIZE)
		return "zero page";
	if (inside(address, &image))
		return image_part(address);
	if (platform_stack_above_guard(address))
		return "stack guard";
	if (inside(address, &memory.stack))
		return "stack";
	return inside(address, &memory.heap) ? "heap" : "no memory";
}

uintptr_t platform_stack_end(uintptr_t address)
{
	if (inside(address, &memory.stack))
		return memory.stack.end;
	return inside(address, &memory.first_stack) ? memory.first_stack.end : 0;
}

uintptr_t platform_stack_above_guard(uintptr_t address)
{
	uintptr_t start = memory.stack.start;
	return address - (start - STACK_GUARD_SIZE) < STACK_GUARD_SIZE ? start : 0;
}
