/* SPDX-License-Identifier: ISC */
/* The guest's beginning as a table of contents. */
#include "common/memory/heap.h"
#include "common/memory/stack_protector.h"
#include "common/platform.h"
#include "common/random/entropy.h"
#include "common/trace.h"
#include "machine/console.h"
#include "machine/memory.h"
#include "unikernel.h"
#include "x86_64/machine/paging.h"
#include "x86_64/machine/trap.h"

extern const uint64_t boot_tsc;
__attribute__((noreturn)) void boot_on_stack(uintptr_t stack_end, void (*next)(void));
__attribute__((noreturn)) void start(uintptr_t start_info);

/* On the guest's own stack. */
static __attribute__((noreturn)) void run(void)
{
	static struct unikernel_start_info info;
	stack_canary_set(seed_secret());
	tls_init();
	memory_fill_heap();
	info = (struct unikernel_start_info){
		.cmdline = memory.cmdline,
		.heap_size = heap_largest(),
		.stack_size = memory.stack.end - memory.stack.start,
		.stack_base = (const void *)memory.stack.start,
	};
	unikernel_milestone(UNIKERNEL_MILESTONE_BASE);
	unikernel_exit(unikernel_main(&info));
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
