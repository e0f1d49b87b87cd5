/* SPDX-License-Identifier: ISC */
/* The guest's beginning as a table of contents. */
#include "console.h"
#include "entropy.h"
#include "heap.h"
#include "memory.h"
#include "paging.h"
#include "platform.h"
#include "stack_protector.h"
#include "trace.h"
#include "trap.h"
#include "unikernel.h"

extern const uint64_t boot_tsc;
__attribute__((noreturn)) void boot_on_stack(uintptr_t stack_end, void (*next)(void));
__attribute__((noreturn)) void start(uintptr_t start_info);

/* On the guest's own stack. */
static __attribute__((noreturn)) void run(void)
{
	static struct uk_start_info info;
	stack_canary_set(seed_secret());
	tls_init();
	memory_fill_heap();
	info = (struct uk_start_info){
		.cmdline = memory.cmdline,
		.heap_size = heap_largest(),
		.stack_size = memory.stack.end - memory.stack.start,
		.stack_base = (const void *)memory.stack.start,
	};
	uk_milestone(UK_MILESTONE_BASE);
	uk_exit(uk_main(&info));
}

/* Called by boot.S on its own small stack. */
void start(uintptr_t start_info)
{
	trace_entry(boot_tsc);
	console_init();
	trap_init();
	memory_init(start_info);
	memory_place_stack();
	paging_init();
	boot_on_stack(memory_stack_top(), run);
}
