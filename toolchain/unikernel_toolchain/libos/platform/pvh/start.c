/* SPDX-License-Identifier: ISC */
/* The guest's beginning as a table of contents. */
#include "common/memory/heap.h"
#include "common/memory/stack_protector.h"
#include "common/platform.h"
#include "common/random/entropy.h"
#include "common/trace.h"
#include "machine/console.h"
#include "machine/memory.h"
#include "start_info.h"
#include "unikernel.h"
#include "x86_64/common/stack_switch.h"
#include "x86_64/machine/descriptor_tables.h"
#include "x86_64/machine/paging.h"

__attribute__((noreturn)) void start(uintptr_t start_info, uint64_t entry_stamp);

/* On the guest's own stack. */
static __attribute__((noreturn)) void run(void)
{
	static struct unikernel_start_info info;
	stack_canary_set(seed_secret()); /* the one of boot.S may be of the time only */
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

/* Called by boot.S on its own small stack; `entry_stamp`: RDTSC at the entry. */
void start(uintptr_t start_info, uint64_t entry_stamp)
{
	trace_entry(entry_stamp);
	console_init();
	descriptor_tables_init(); /* from here on a mistake has a report */
	start_info_read(start_info);
	memory_place_stack();
	paging_init();
	stack_switch(memory_stack_top(), run);
}
