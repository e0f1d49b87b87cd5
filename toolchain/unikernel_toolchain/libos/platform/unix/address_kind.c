/* SPDX-License-Identifier: ISC */
/* What lies where, for fault reports. */
#include "common/memory/stack_size.h"
#include "common/platform.h"
#include "common/report/image_part.h"
#include "memory.h"

const char *platform_address_kind(uintptr_t address)
{
	const char *part = image_part(address);
	if (address < PAGE_SIZE)
		return "zero page";
	if (part)
		return part;
	if (platform_stack_above_guard(address))
		return "stack guard";
	if (region_holds(&memory.stack, address))
		return "stack";
	return region_holds(&memory.heap, address) ? "heap" : "no memory";
}

/* A report may be of what happened on Linux's stack, before the guest's own. */
uintptr_t platform_stack_end(uintptr_t address)
{
	if (region_holds(&memory.stack, address))
		return memory.stack.end;
	return region_holds(&memory.first_stack, address) ? memory.first_stack.end : 0;
}

uintptr_t platform_stack_above_guard(uintptr_t address)
{
	uintptr_t start = memory.stack.start;
	return address - (start - STACK_GUARD_SIZE) < STACK_GUARD_SIZE ? start : 0;
}
