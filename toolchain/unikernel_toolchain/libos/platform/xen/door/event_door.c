/* SPDX-License-Identifier: ISC */
/* Event channels and grants as unikernel_xen.h offers them. A port's handler notes that
 * an event came, one byte a port; the program asks for it when it likes. */
#include "door_wait.h"
#include "unikernel.h"
#include "unikernel_xen.h"
#include "xen/event_channel.h"
#include "xen/grant_table.h"
#include "xen/hypercall.h"
#include "xen/xen_domain.h"

#include <event_channel.h>
#include <xen.h>

_Static_assert(UNIKERNEL_EVENT_PORTS_MAX == EVENT_PORTS_MAX, "the same ports");

enum port_state { PORT_OTHERS, PORT_QUIET, PORT_CAME };
static volatile uint8_t states[EVENT_PORTS_MAX]; /* a handler changes them */

static void note(void *argument)
{
	*(volatile uint8_t *)argument = PORT_CAME;
}

static struct wait_source source;

static unikernel_ready_t ready(const struct wait_source *unused)
{
	(void)unused;
	for (unsigned port = 1; port < EVENT_PORTS_MAX; port++)
		if (states[port] == PORT_CAME)
			return (unikernel_ready_t)1 << UNIKERNEL_EVENT_CHANNEL_HANDLE;
	return 0;
}

/* In another place there are none of these ports. */
static void after_suspend(struct xen_suspend_hook *unused, bool elsewhere)
{
	(void)unused;
	for (unsigned port = 0; elsewhere && port < EVENT_PORTS_MAX; port++)
		states[port] = PORT_OTHERS;
}

static void before_suspend(struct xen_suspend_hook *unused)
{
	(void)unused;
}

static struct xen_suspend_hook hook = {.before = before_suspend, .after = after_suspend};

static uint32_t taken(uint32_t port)
{
	if (port == EVENT_PORT_NONE || port >= EVENT_PORTS_MAX)
		return EVENT_PORT_NONE;
	if (!source.ready)
		xen_suspend_add(&hook);
	door_wait(&source, ready);
	states[port] = PORT_QUIET;
	event_channel_set_handler(port, note, (void *)&states[port]);
	return port;
}

static bool is_programs(uint32_t port)
{
	return port < EVENT_PORTS_MAX && states[port] != PORT_OTHERS;
}

uint32_t unikernel_event_channel_alloc(uint16_t remote)
{
	return taken(event_channel_alloc(remote));
}

uint32_t unikernel_event_channel_bind(uint16_t remote, uint32_t remote_port)
{
	struct evtchn_bind_interdomain bind = {.remote_dom = remote,
					       .remote_port = remote_port};

	if (hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain,
		       (uintptr_t)&bind))
		return EVENT_PORT_NONE;
	if (bind.local_port >= EVENT_PORTS_MAX)
		event_channel_close(bind.local_port);
	return taken(bind.local_port);
}

void unikernel_event_channel_notify(uint32_t port)
{
	if (is_programs(port))
		event_channel_notify(port);
}

void unikernel_event_channel_close(uint32_t port)
{
	if (!is_programs(port))
		return;
	event_channel_set_handler(port, NULL, NULL);
	event_channel_close(port);
	states[port] = PORT_OTHERS;
}

bool unikernel_event_channel_take(uint32_t port)
{
	if (!is_programs(port) || states[port] != PORT_CAME)
		return false;
	states[port] = PORT_QUIET;
	return true;
}

uint32_t unikernel_grant_access(uint16_t domain, const void *page, bool read_only)
{
	return grant_access(domain, page, read_only);
}

bool unikernel_grant_end(uint32_t reference)
{
	return grant_end(reference);
}
