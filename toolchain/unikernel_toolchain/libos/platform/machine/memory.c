/* SPDX-License-Identifier: ISC */
/* Before there is a heap, memory is given away from one end: `memory.next` only rises,
 * and whoever comes first lies lowest. memory_fill_heap ends that; from then on the heap
 * gives pages, too. */
#include "memory.h"
#include "common/memory/heap.h"
#include "common/memory/stack_size.h"
#include "common/memory_functions.h"
#include "common/platform.h"
#include "common/random/entropy.h"
#include "common/report/symbols.h"
#include "unikernel.h"

#define STACK_LARGE (2 * MIB)
#define HOST_PAGE (2 * MIB)
#define TOP_SHARE (STACK_SLIDE_MAX + 2 * PAGE_SIZE)
#define HEAP_SLIDE_MAX ((uintptr_t)64 << 10)
#define HEAP_SLIDE_SHARE 64
#define SLIDE_STEP 16
#define RAM_SMALL (8 * MIB)

struct memory memory;

/* Whole pages inside the piece. The first MiB has the firmware's tables and the legacy
 * windows; no loader has to tell of all of them. */
void memory_add_ram(uint64_t start, uint64_t size)
{
	struct region r = {
		.start = page_up(start < MIB ? MIB : start),
		.end = (start + size) & -(uintptr_t)PAGE_SIZE,
	};
	if (r.end <= r.start ||
	    memory.ram_count == sizeof memory.ram / sizeof *memory.ram)
		return;
	memory.ram[memory.ram_count++] = r;
}

static void find_image_ram(void)
{
	uintptr_t end = page_up(symbols_image_end());
	for (unsigned i = 0; i < memory.ram_count; i++) {
		struct region *r = &memory.ram[i];
		if (r->start <= (uintptr_t)_stext && end <= r->end)
			memory.image_ram = r;
	}
	if (!memory.image_ram)
		unikernel_abort("too little RAM: the image does not fit");
	memory.next = end;
}

/* The loader's copy may lie where the guest's own data goes. */
static void copy_cmdline(const char *cmdline)
{
	if (!cmdline || !*cmdline) {
		memory.cmdline = "";
		return;
	}
	size_t size = text_length(cmdline) + 1;
	uintptr_t to = memory.next;
	if (size > memory.image_ram->end - to)
		unikernel_abort("too little RAM: the command line does not fit");
	memmove((void *)to, cmdline, size);
	memory.next = page_up(to + size);
	memory.cmdline = (const char *)to;
}

static uintptr_t ram_size(void)
{
	uintptr_t size = 0;
	for (unsigned i = 0; i < memory.ram_count; i++)
		size += memory.ram[i].end - memory.ram[i].start;
	return size;
}

bool memory_is_small(void)
{
	return ram_size() < RAM_SMALL;
}

/* The host clears 2 MiB at the first touch of any byte in them. A large stack gets
 * rounded up so that its top lies low in such a page: the heap's first bytes share the
 * page, and a heap used in pieces far apart reaches into fewer pages (OCaml: a minor heap
 * of 2 MiB filled from its end, then 2 MiB less a little for what comes with it). */
static uintptr_t shared_top(uintptr_t start, uintptr_t size)
{
	return (start + size + HOST_PAGE - TOP_SHARE) / HOST_PAGE * HOST_PAGE +
	       TOP_SHARE - start;
}

void memory_place_stack(void)
{
	uintptr_t first_mib = memory_is_small() ? 0 : MIB; /* which nobody uses */
	uintptr_t size = stack_size(ram_size() + first_mib, PAGE_SIZE);
	if (size >= STACK_LARGE)
		size = shared_top(memory.next + STACK_GUARD_SIZE, size);
	if (size + STACK_GUARD_SIZE > memory.image_ram->end - memory.next)
		unikernel_abort("too little RAM: the stack does not fit");
	memory.stack.start = memory.next + STACK_GUARD_SIZE;
	memory.stack.end = memory.stack.start + size;
	memory.next = memory.stack.end;
}

void memory_init(const char *cmdline)
{
	find_image_ram();
	copy_cmdline(cmdline);
}

uintptr_t memory_reserve(uintptr_t bytes)
{
	uintptr_t start = memory.next;
	if (bytes > memory.image_ram->end - start)
		unikernel_abort("too little RAM: page tables and devices do not fit");
	memory.next += bytes;
	return start;
}

void *memory_allocate(uintptr_t bytes)
{
	bytes = page_up(bytes);
	void *taken = (void *)memory.next;
	if (bytes <= memory.image_ram->end - memory.next)
		memory.next += bytes;
	else
		taken = unikernel_alloc_aligned(PAGE_SIZE, bytes);
	if (!taken)
		unikernel_abort("too little RAM: page tables and devices do not fit");
	return memset(taken, 0, bytes);
}

/* A step below `most` and a share of `size`, another at every boot. */
static uintptr_t slide(uintptr_t size, uintptr_t most)
{
	return seed_secret() % ((size < most ? size : most) / SLIDE_STEP) * SLIDE_STEP;
}

uintptr_t memory_stack_top(void)
{
	uintptr_t size = memory.stack.end - memory.stack.start;
	return memory.stack.end - slide(size / STACK_SLIDE_SHARE, STACK_SLIDE_MAX);
}

/* The heap has the same size wherever it begins. */
static void fill_image_ram(uintptr_t start, uintptr_t end)
{
	uintptr_t size = end - start, room = size / HEAP_SLIDE_SHARE & -SLIDE_STEP;
	if (room > HEAP_SLIDE_MAX)
		room = HEAP_SLIDE_MAX;
	start += room ? slide(room, room) : 0;
	heap_add(start, start + size - room);
}

void memory_fill_heap(void)
{
	heap_init();
	fill_image_ram(memory.next, memory.image_ram->end);
	memory.next = memory.image_ram->end;
	for (unsigned i = 0; i < memory.ram_count; i++)
		if (&memory.ram[i] != memory.image_ram)
			heap_add(memory.ram[i].start, memory.ram[i].end);
}
