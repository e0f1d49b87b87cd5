/* SPDX-License-Identifier: ISC */
/* Between two events the guest is a domain that others talk to: what the toolstack asks
 * for in xenstore, and the trace that it reads there, have their turn when there is
 * nothing else to do. */
#include "machine/idle.h"
#include "machine/console.h"
#include "machine/interrupts.h"
#include "requests.h"
#include "trace_channel.h"
#include "xen/events.h"
#include "xen/store/watch_list.h"

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

/* There are none: the guest never lets one in. */
void interrupts_end(unsigned vector)
{
	(void)vector;
}
