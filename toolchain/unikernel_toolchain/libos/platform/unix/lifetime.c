/* SPDX-License-Identifier: ISC */
#include "lifetime.h"
#include "cmdline.h"
#include "unix/linux/system_calls.h"

#define PR_SET_PDEATHSIG 1
#define PR_SET_PTRACER 0x59616d61
#define SIGKILL 9
#define SIGSTOP 19
#define PROCESS_MAX (1u << 22) /* PID_MAX_LIMIT */

/* A parent that ended before the request was in place sends nothing any more. */
static void die_with_parent(void)
{
	uint64_t parent = cmdline_number("UNIKERNEL_PARENT", 1, PROCESS_MAX, 0);
	if (!parent)
		return;
	system_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);
	/* where Yama has only parents trace: a debugger that the parent starts may, too
	 */
	system_prctl(PR_SET_PTRACER, parent, 0);
	if ((uint64_t)system_call_3(SYS_GETPPID, 0, 0, 0) != parent)
		cmdline_refuse("UNIKERNEL_PARENT=%u is not the parent of this process",
			       parent);
}

static void stop(void)
{
	long self = system_call_3(SYS_GETPID, 0, 0, 0);
	system_call_3(SYS_KILL, (uintptr_t)self, SIGSTOP, 0);
}

void lifetime_begin(void)
{
	die_with_parent();
	if (cmdline_number("UNIKERNEL_STOPPED", 0, 1, 0))
		stop();
}
