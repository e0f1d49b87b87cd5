/* SPDX-License-Identifier: ISC */
/* Between two events the guest is a domain that others talk to: what the toolstack asks
 * for in xenstore, and the trace that it reads there, have their turn when there is
 * nothing else to do. */
#include "machine/idle.h"
#include "machine/console.h"
#include "machine/interrupts.h"
#include "pvh/time.h"
#include "requests.h"
#include "trace_channel.h"
#include "xen/events.h"
#include "xen/hypercall.h"
#include "xen/store/watch_list.h"

#include <sched.h>

#define FINISH_NS 2000000000u /* for back ends that share the CPU with others */

void idle_begin(void)
{
	static bool ready;
	if (!ready) {
		ready = true;
		console_listen();
		requests_listen();
	}
	events_dispatch();
	requests_attend();
}

void idle_halt(uint64_t until_ns)
{
	trace_channel_send();
	requests_attend();
	if (watch_list_take_news())
		return;
	events_wait(until_ns);
	events_dispatch();
	requests_attend();
}

/* The back end may need this very CPU. */
bool idle_give_way(uint64_t since_ns)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	return time_running_ns() - since_ns < FINISH_NS;
}

/* There are none: the guest never lets one in. */
void interrupts_end(unsigned vector)
{
	(void)vector;
}
