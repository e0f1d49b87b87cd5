/* SPDX-License-Identifier: ISC */
/* Four levels of tables (Intel SDM volume 3, section 4.5), one to one.
 *
 * The order in paging_init makes it simple: while tables are built, the boot code's map
 * is in force and they can be written to. Large pages come first; then what must not be
 * there (the stack's guard) or not be written to (the tables themselves) is cut out of
 * them in small pages, and only then CR3 is loaded. Later only entries that were empty
 * are filled: no translation of them can be cached, so nothing has to be flushed
 * (section 4.10.4.3).
 */
#include "paging.h"
#include "common/memory/stack_size.h"
#include "common/memory_functions.h"
#include "common/platform.h"
#include "common/report/symbols.h"
#include "machine/memory.h"
#include "unikernel.h"
#include "x86_64/common/x86.h"

#define LARGE ((uint64_t)1 << 7)
#define ADDRESS_MASK 0x000ffffffffff000u

#define RODATA (PAGING_PRESENT | PAGING_NO_EXECUTE)

#define ENTRIES 512
#define LEVELS 4
#define LARGE_PAGE_SIZE (2 * MIB)

/* Tables set aside: for cutting out the tables' own pages, and for the registers of
 * devices found later, which lie in two regions at most (below and above 4 GiB). */
#define TABLES_SPARE 8

#define CR0_WRITE_PROTECT ((uint64_t)1 << 16)
#define CR4_UMIP (1u << 11)
#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)

static uint64_t *top;
static uintptr_t spare; /* the first of the spare tables */
static unsigned largest_leaf =
	2; /* level of the largest page: 1 4 KiB, 2 2 MiB, 3 1 GiB */

/* Bytes that one entry of a table at `level` stands for. */
static uint64_t span(unsigned level)
{
	return (uint64_t)PAGE_SIZE << (9 * (level - 1));
}

/* An empty table: the next free page, or, once there are spare ones, of these. */
static uint64_t *new_table(void)
{
	if (!memory.tables.end)
		return memory_allocate(PAGE_SIZE);
	if (spare == memory.tables.end)
		unikernel_abort(
			"more regions of device registers than page tables for them");
	spare += PAGE_SIZE;
	return memset((void *)(spare - PAGE_SIZE), 0, PAGE_SIZE);
}

static uint64_t *table_below(uint64_t *entry)
{
	if (!*entry)
		*entry = (uintptr_t)new_table() | PAGING_PRESENT | PAGING_WRITABLE;
	return (uint64_t *)(*entry & ADDRESS_MASK);
}

/* The entry for the largest page that begins at `start` and ends by `end`, or the one of
 * a larger page that is there already; the size of the page goes to `*size`. */
static uint64_t *leaf_entry(uintptr_t start, uintptr_t end, uint64_t *size)
{
	uint64_t *table = top;
	for (unsigned level = LEVELS;; level--) {
		uint64_t *entry = &table[start / span(level) % ENTRIES];
		*size = span(level);
		bool fits = level <= largest_leaf && !(start & (*size - 1)) &&
			    end - start >= *size;
		if (level == 1 || *entry & LARGE || (fits && !*entry))
			return entry;
		table = table_below(entry);
	}
}

/* One loop, and one for runs of small pages: every branch costs time under emulation. */
__attribute__((noinline)) void paging_map(uintptr_t start, uintptr_t end, uint64_t flags)
{
	while (start < end) {
		uint64_t size, *entry = leaf_entry(start, end, &size);
		uint64_t page = flags | (size > PAGE_SIZE ? LARGE : 0);
		start &= -size;
		do {
			if (!*entry)
				*entry = start | page;
			entry++;
			start += size;
		} while (size == PAGE_SIZE && start < end && start % LARGE_PAGE_SIZE);
	}
}

static void map_pages(uintptr_t start, uintptr_t end, uint64_t flags)
{
	const uintptr_t page = PAGE_SIZE;
	paging_map(start & -page, (end + page - 1) & -page, flags);
}

static void map_image_and_its_ram(void)
{
	uintptr_t image_end = symbols_image_end();
	const struct {
		uintptr_t start, end;
		uint64_t flags;
	} parts[] = {
		{(uintptr_t)_stext, (uintptr_t)_etext, PAGING_CODE},
		{(uintptr_t)_srodata, (uintptr_t)_erodata, RODATA},
		{(uintptr_t)_sdata, (uintptr_t)_end, PAGING_DATA},
		{(uintptr_t)_end + PAGE_SIZE - 1, image_end, RODATA},
		{image_end + PAGE_SIZE - 1, memory.image_ram->end, PAGING_DATA},
		{memory.image_ram->start, (uintptr_t)_stext, PAGING_DATA},
	};
	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
		map_pages(parts[i].start, parts[i].end, parts[i].flags);
}

static void turn_protections_on(void)
{
	uint64_t cr4;
	__asm__("movq %%cr4, %0" : "=r"(cr4));
	if (cpuid(0).eax >= 7) {
		struct cpuid features = cpuid(7);
		cr4 |= features.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0;
		cr4 |= features.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0;
		cr4 |= features.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0;
	}
	__asm__ volatile("movq %0, %%cr4" : : "r"(cr4));
}

/* Replaces a large page by a table of smaller ones that say the same. Bit 7 means "large"
 * at levels 2 and 3 only; in an entry of level 1 it is the PAT's. */
static void split(uint64_t *entry, unsigned level)
{
	uint64_t *table = new_table();
	uint64_t page = *entry & (level == 2 ? ~LARGE : ~(uint64_t)0);
	for (unsigned i = 0; i < ENTRIES; i++)
		table[i] = page + i * span(level - 1);
	*entry = (uintptr_t)table | PAGING_PRESENT | PAGING_WRITABLE;
}

static uint64_t *small_page_entry(uintptr_t address)
{
	uint64_t *table = top;
	for (unsigned level = LEVELS; level > 1; level--) {
		uint64_t *entry = &table[address / span(level) % ENTRIES];
		if (*entry & LARGE)
			split(entry, level);
		table = (uint64_t *)(*entry & ADDRESS_MASK);
	}
	return &table[address / PAGE_SIZE % ENTRIES];
}

/* Takes away what pages [start, end) allow but for `kept`; 0: the pages themselves. */
static void restrict_pages(uintptr_t start, uintptr_t end, uint64_t kept)
{
	while (start < end) {
		uint64_t *entry = small_page_entry(start);
		do {
			*entry++ &= kept;
			start += PAGE_SIZE;
		} while (start < end && start % LARGE_PAGE_SIZE);
	}
}

/* Has the tables lie in pages that cannot be written to, spare ones included. */
static void protect_tables(void)
{
	spare = memory_reserve(TABLES_SPARE * PAGE_SIZE);
	memory.tables.end = spare + TABLES_SPARE * PAGE_SIZE;
	restrict_pages(memory.tables.start, memory.tables.end, ~PAGING_WRITABLE);
}

void paging_init(void)
{
	if (cpuid(0x80000001).edx & CPUID_EXT_EDX_1G_PAGES)
		largest_leaf = 3;
	/* new_table takes the next free page each time: the tables lie in one piece */
	memory.tables.start = memory.next;
	top = new_table();
	map_image_and_its_ram();
	for (unsigned i = 0; i < memory.ram_count; i++)
		if (&memory.ram[i] != memory.image_ram)
			map_pages(memory.ram[i].start, memory.ram[i].end, PAGING_DATA);
	paging_map_fixed();
	/* the guard first: splitting its large pages may need tables, which are then
	 * among those to be protected */
	restrict_pages(memory.stack.start - STACK_GUARD_SIZE, memory.stack.start, 0);
	protect_tables();
	__asm__ volatile("movq %0, %%cr3" : : "r"(top) : "memory");
	turn_protections_on();
}

/* Lets the tables be written to for as long as that takes, and no longer. */
static void write_protect(bool on)
{
	uint64_t cr0;
	__asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
	cr0 = on ? cr0 | CR0_WRITE_PROTECT : cr0 & ~CR0_WRITE_PROTECT;
	__asm__ volatile("movq %0, %%cr0" : : "r"(cr0) : "memory");
}

/* Large pages: the tables set aside are few, and what else lies around a device's
 * registers is other devices' or nobody's. */
void paging_map_device(uintptr_t address, uintptr_t size)
{
	uintptr_t start = address & -LARGE_PAGE_SIZE;
	uintptr_t end = (address + size + LARGE_PAGE_SIZE - 1) & -LARGE_PAGE_SIZE;
	write_protect(false);
	paging_map(start, end, PAGING_DEVICE);
	write_protect(true);
}
