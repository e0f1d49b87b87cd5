/* SPDX-License-Identifier: ISC */
/* One mapping for guard, stack and heap, of which the guard is unmapped again: nothing
 * else of the process can come to lie there, and the sandbox lets nobody map later.
 * Pages that are not used cost nothing (MAP_NORESERVE).
 */
#include "memory.h"
#include "cmdline.h"
#include "common/memory/heap.h"
#include "common/memory/stack_size.h"
#include "common/platform.h"
#include "common/report/symbols.h"
#include "unikernel.h"
#include "unix/linux/system_calls.h"

#define MIB_DEFAULT 32
#define MIB_MOST (1u << 20)
#define HEAP_LEAST (16 * PAGE_SIZE)
#define FIRST_STACK_USED (64 * PAGE_SIZE)

#define PROT_READ_WRITE 3
#define MAP_PRIVATE_ANONYMOUS_NORESERVE 0x4022

struct memory memory;

static uintptr_t map(uintptr_t size)
{
	long start = system_call(SYS_MMAP, 0, size, PROT_READ_WRITE,
				 MAP_PRIVATE_ANONYMOUS_NORESERVE, (uintptr_t)-1, 0);
	if (start < 0 && start > -(long)PAGE_SIZE)
		unikernel_abort("too little memory: the system gave none of "
				"UNIKERNEL_MEMORY_MIB");
	return (uintptr_t)start;
}

void memory_init(uintptr_t first_stack_end)
{
	memory.first_stack =
		(struct region){first_stack_end - FIRST_STACK_USED, first_stack_end};
	uintptr_t size =
		cmdline_number("UNIKERNEL_MEMORY_MIB", 1, MIB_MOST, MIB_DEFAULT) * MIB;
	uintptr_t image = page_up(symbols_image_end()) - (uintptr_t)_stext;
	uintptr_t stack = stack_size(size, PAGE_SIZE);
	if (size < image)
		unikernel_abort("too little RAM: the image does not fit");
	if (size - image < stack + HEAP_LEAST)
		unikernel_abort("too little RAM: the stack does not fit");
	uintptr_t guard = map(STACK_GUARD_SIZE + size - image);
	system_call_3(SYS_MUNMAP, guard, STACK_GUARD_SIZE, 0);
	uintptr_t start = guard + STACK_GUARD_SIZE;
	memory.stack = (struct region){start, start + stack};
	memory.heap = (struct region){memory.stack.end, start + size - image};
}

void memory_fill_heap(void)
{
	heap_init();
	heap_add(memory.heap.start, memory.heap.end);
}
