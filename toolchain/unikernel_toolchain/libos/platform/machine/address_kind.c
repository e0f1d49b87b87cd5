/* SPDX-License-Identifier: ISC */
/* What lies where, for fault reports. */
#include "common/memory/stack_size.h"
#include "common/platform.h"
#include "common/report/image_part.h"
#include "memory.h"

extern const char boot_stack[], boot_stack_end[];

const char *platform_cmdline(void)
{
	return memory.cmdline;
}

static bool in_ram(uintptr_t address)
{
	for (unsigned i = 0; i < memory.ram_count; i++)
		if (region_holds(&memory.ram[i], address))
			return true;
	return false;
}

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
	if (region_holds(&memory.tables, address))
		return "page tables";
	return in_ram(address) ? "heap" : "no memory";
}

/* A report may be of what happened on the boot code's stack, before the guest's own. */
uintptr_t platform_stack_end(uintptr_t address)
{
	const struct region boot = {(uintptr_t)boot_stack, (uintptr_t)boot_stack_end};
	if (region_holds(&memory.stack, address))
		return memory.stack.end;
	return region_holds(&boot, address) ? boot.end : 0;
}

uintptr_t platform_stack_above_guard(uintptr_t address)
{
	uintptr_t start = memory.stack.start;
	return address - (start - STACK_GUARD_SIZE) < STACK_GUARD_SIZE ? start : 0;
}
