/* SPDX-License-Identifier: ISC */
/* Xen, xen/include/public/arch-x86/hvm/start_info.h: the structure that EBX points to at
 * the entry. Version 1 is the first with a memory map, whose entries are of the types of
 * an E820 map. */
#include "start_info.h"
#include "machine/memory.h"
#include "unikernel.h"

#define MAGIC 0x336ec578
#define MEMORY_MAP_VERSION 1
#define TYPE_RAM 1

struct start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, cmdline, rsdp;
	uint64_t memory_map;
	uint32_t memory_map_entries, reserved;
};

struct memory_map_entry {
	uint64_t address, size;
	uint32_t type, reserved;
};

void start_info_read(uintptr_t address)
{
	const struct start_info *info = (const void *)address;
	if (!info || info->magic != MAGIC)
		unikernel_abort("not started through PVH: no start information");
	if (info->version < MEMORY_MAP_VERSION || !info->memory_map)
		unikernel_abort("the loader gave no memory map");
	const struct memory_map_entry *map = (const void *)info->memory_map;
	for (uint32_t i = 0; i < info->memory_map_entries; i++)
		if (map[i].type == TYPE_RAM)
			memory_add_ram(map[i].address, map[i].size);
	memory_init((const char *)info->cmdline);
}
