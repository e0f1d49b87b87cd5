/* SPDX-License-Identifier: ISC */
/* A domain ends by a reason that the toolstack acts on and tells
 * (xen/include/public/sched.h): the status of a guest that exits is in its trace.
 */
#include "common/platform.h"
#include "common/trace.h"
#include "exit.h"
#include "xen/hypercall.h"
#include "machine/console.h"
#include "pvh/wait.h"
#include "trace_channel.h"

#include <sched.h>

intptr_t domain_shutdown(unsigned reason)
{
	struct sched_shutdown request = {.reason = reason};
	return hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&request);
}

static __attribute__((noreturn)) void end(unsigned reason)
{
	for (;;)
		domain_shutdown(reason);
}

void domain_end(unsigned reason, const char *message)
{
	wait_finish();
	trace_end(END_EXIT, 0, message);
	trace_channel_send();
	console_drain();
	end(reason);
}

/* What fails on the way out is not tried again. */
void platform_exit(enum end_kind kind, uint32_t status, const char *message)
{
	static bool ending;
	unsigned reason = kind == END_EXIT ? SHUTDOWN_poweroff : SHUTDOWN_crash;
	if (ending)
		end(reason);
	ending = true;
	if (kind == END_EXIT)
		wait_finish();
	trace_end(kind, status, message);
	trace_channel_send();
	console_drain();
	end(reason);
}
