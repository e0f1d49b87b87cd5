/* SPDX-License-Identifier: ISC */
/* No event interrupts this guest: it asks Xen to hold it until one of the ports it
 * listens at has an event, or a time is up (SCHEDOP_poll). That is one hypercall a wait,
 * where an upcall is a timer set, a halt, an interrupt injected and its return.
 *
 * An event is a bit of the shared page, set by Xen at any time and cleared here by an
 * atomic operation: one that comes after is another one.
 */
#include "event_channel.h"
#include "events.h"
#include "hypercall.h"
#include "pvh/time.h"
#include "shared_info.h"
#include "time_source.h"

#include <event_channel.h>
#include <sched.h>

#define WORD_BITS 64
#define LISTENED_MAX 128 /* ports of one poll: xen/common/sched/core.c, do_poll */

struct port {
	event_handler_t handler;
	void *argument;
	bool masked;
};

static struct port ports[EVENT_PORTS_MAX];
static evtchn_port_t listened[LISTENED_MAX]; /* with a handler and not masked */
static unsigned listened_count;
static uint64_t look_ns = UINT64_MAX; /* running time at which a wait ends */

static intptr_t call(unsigned operation, void *argument)
{
	return hypercall2(__HYPERVISOR_event_channel_op, operation, (uintptr_t)argument);
}

uint32_t event_channel_alloc(uint16_t remote)
{
	struct evtchn_alloc_unbound request = {.dom = DOMID_SELF, .remote_dom = remote};
	if (call(EVTCHNOP_alloc_unbound, &request) != 0)
		return EVENT_PORT_NONE;
	if (request.port < EVENT_PORTS_MAX)
		return request.port;
	event_channel_close(request.port);
	return EVENT_PORT_NONE;
}

static unsigned position(uint32_t port)
{
	unsigned at = 0;
	while (at < listened_count && listened[at] != port)
		at++;
	return at;
}

static void listen(uint32_t port)
{
	bool wanted = ports[port].handler && !ports[port].masked;
	unsigned at = position(port);
	if (wanted && at == listened_count && at < LISTENED_MAX)
		listened[listened_count++] = port;
	else if (!wanted && at < listened_count)
		listened[at] = listened[--listened_count];
}

void event_channel_set_handler(uint32_t port, event_handler_t handler, void *argument)
{
	if (port == EVENT_PORT_NONE || port >= EVENT_PORTS_MAX)
		return;
	ports[port] = (struct port){handler, argument, false};
	listen(port);
}

void event_channel_mask(uint32_t port)
{
	ports[port].masked = true;
	listen(port);
}

void event_channel_unmask(uint32_t port)
{
	ports[port].masked = false;
	listen(port);
}

bool event_channel_take(uint32_t port)
{
	xen_ulong_t *word = &shared_info()->evtchn_pending[port / WORD_BITS];
	xen_ulong_t bit = (xen_ulong_t)1 << port % WORD_BITS;
	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		return false;
	return __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST) & bit;
}

static void poll(evtchn_port_t *which, unsigned count, uint64_t until_ns)
{
	struct sched_poll request = {
		.nr_ports = count,
		.timeout = until_ns == UINT64_MAX ? 0 : time_to_system_ns(until_ns),
	};
	set_xen_guest_handle(request.ports, which);
	shared_info(); /* where events are seen */
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&request);
}

bool event_channel_wait(uint32_t port, uint64_t until_ns)
{
	evtchn_port_t which = port;
	if (event_channel_take(port))
		return true;
	poll(&which, 1, until_ns);
	return event_channel_take(port);
}

void events_dispatch(void)
{
	for (unsigned i = 0; i < listened_count; i++) {
		const struct port *port = &ports[listened[i]];
		if (event_channel_take(listened[i]))
			port->handler(port->argument);
	}
}

void event_channel_look_again(uint64_t at_ns)
{
	if (at_ns < look_ns)
		look_ns = at_ns;
}

void events_wait(uint64_t until_ns)
{
	poll(listened, listened_count, until_ns < look_ns ? until_ns : look_ns);
	look_ns = UINT64_MAX;
}

void events_forget(void)
{
	for (unsigned i = 0; i < EVENT_PORTS_MAX; i++)
		ports[i] = (struct port){0};
	listened_count = 0;
}

void event_channel_notify(uint32_t port)
{
	struct evtchn_send request = {.port = port};
	call(EVTCHNOP_send, &request);
}

void event_channel_close(uint32_t port)
{
	struct evtchn_close request = {.port = port};
	if (port == EVENT_PORT_NONE)
		return;
	event_channel_set_handler(port, 0, 0);
	call(EVTCHNOP_close, &request);
}
