/* SPDX-License-Identifier: ISC */
/* Xen's first console: a page that a daemon of the toolstack reads and writes. It works
 * from the first instruction of C on, for reports, and asks nothing of what may be broken
 * then.
 */
#include "machine/console.h"
#include "common/platform.h"
#include "console_ring.h"
#include "unikernel.h"
#include "x86_64/common/x86.h"
#include "xen/console/console.h"
#include "xen/event_channel.h"
#include "xen/hvm_parameter.h"
#include "xen/hypercall.h"
#include "xen/places.h"

#include <hvm/params.h>
#include <sched.h>

/* A daemon that does not read holds the guest up this long, a second or so a ring; then
 * output is dropped, at once until it reads again. */
#define TIMEOUT_COUNTS ((uint64_t)1 << 31)

static struct console_ring ring; /* without a page: nobody listens */
static uint32_t port;
static bool unread;

static void connect(void)
{
	volatile struct xencons_interface *page =
		place_of_ring(hvm_parameter(HVM_PARAM_CONSOLE_PFN));
	port = (uint32_t)hvm_parameter(HVM_PARAM_CONSOLE_EVTCHN);
	ring = (struct console_ring){0};
	if (page)
		console_ring_init(&ring, page);
}

void console_init(void)
{
	if (!hypercall_init())
		__builtin_trap(); /* no Xen: there is nobody to tell */
	places_map_early();
	connect();
}

static void on_event(void *argument)
{
	(void)argument; /* the ring says the rest */
}

void console_listen(void)
{
	event_channel_set_handler(port, on_event, 0);
}

void console_resume(void)
{
	connect();
	console_listen();
}

bool console_has_input(void)
{
	return ring.page && console_ring_has_input(&ring);
}

static void yield(void)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
}

void console_drain(void)
{
	for (uint64_t start = rdtsc();
	     ring.page && !unread && !console_ring_is_empty(&ring);) {
		if (rdtsc() - start >= TIMEOUT_COUNTS)
			unread = true;
		yield();
	}
}

/* Puts in at least a byte, if the other side makes room in time. */
static size_t put(const char *text, size_t length)
{
	size_t count = console_ring_put(&ring, text, length);
	for (uint64_t start = rdtsc(); !count && !unread;) {
		yield();
		count = console_ring_put(&ring, text, length);
		unread = !count && rdtsc() - start >= TIMEOUT_COUNTS;
	}
	if (count) {
		unread = false;
		event_channel_notify(port);
	}
	return count;
}

void platform_console_write(const char *text, size_t length)
{
	size_t count = 1;
	while (ring.page && length && count) {
		count = put(text, length);
		text += count;
		length -= count;
	}
}

size_t unikernel_console_read(char *buffer, size_t capacity)
{
	size_t count = ring.page ? console_ring_take(&ring, buffer, capacity) : 0;
	if (count)
		event_channel_notify(port); /* there is room for more */
	return count;
}

bool unikernel_console_ended(void)
{
	return false;
}
