/* SPDX-License-Identifier: ISC */
/* The process's beginning as a table of contents. */
#include "cmdline.h"
#include "common/memory/heap.h"
#include "common/memory/stack_protector.h"
#include "common/platform.h"
#include "common/random/entropy.h"
#include "common/trace.h"
#include "lifetime.h"
#include "memory.h"
#include "time.h"
#include "trace_channel.h"
#include "unikernel.h"
#include "unix/linux/descriptors.h"
#include "unix/sandbox/sandbox.h"
#include "unix/sandbox/signals.h"
#include "x86_64/common/stack_switch.h"

__attribute__((noreturn)) void start(uintptr_t *stack);

/* Only in programs that use the network. */
__attribute__((weak)) void attachments_init(void);

/* Only in programs that use block devices. */
__attribute__((weak)) void files_init(void);

/* Only in programs that use directories of the host. */
__attribute__((weak)) void directories_init(void);

/* On the guest's own stack. */
static __attribute__((noreturn)) void run(void)
{
	static struct unikernel_start_info info;
	stack_canary_set(seed_secret());
	tls_init();
	memory_fill_heap();
	info = (struct unikernel_start_info){
		.cmdline = cmdline,
		.heap_size = heap_largest(),
		.stack_size = memory.stack.end - memory.stack.start,
		.stack_base = (const void *)memory.stack.start,
	};
	descriptors_close_others();
	sandbox_enter();
	unikernel_milestone(UNIKERNEL_MILESTONE_BASE);
	unikernel_exit(unikernel_main(&info));
}

/* Called by boot.S on the stack that Linux made. */
void start(uintptr_t *stack)
{
	cmdline_join(stack);
	lifetime_begin();
	time_init(stack);
	trace_entry(time_running_ns());
	trace_channel_init();
	signals_init();
	if (attachments_init)
		attachments_init();
	if (files_init)
		files_init();
	if (directories_init)
		directories_init();
	memory_init((uintptr_t)stack);
	stack_switch(memory.stack.end, run);
}
