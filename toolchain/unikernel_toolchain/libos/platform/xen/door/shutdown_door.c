/* SPDX-License-Identifier: ISC */
/* Requests of the toolstack, for a program that ends by itself when it is asked to. */
#include "door_wait.h"
#include "unikernel.h"
#include "unikernel_xen.h"
#include "xen/domain/requests.h"

#include <sched.h>

static unsigned expected; /* UNIKERNEL_XEN_POWEROFF, _REBOOT */
static unsigned asked;
static struct wait_source source;

static unikernel_ready_t ready(const struct wait_source *unused)
{
	(void)unused;
	return asked ? (unikernel_ready_t)1 << UNIKERNEL_XEN_SHUTDOWN_HANDLE : 0;
}

static bool told(unsigned reason)
{
	unsigned request =
		reason == SHUTDOWN_reboot ? UNIKERNEL_XEN_REBOOT : UNIKERNEL_XEN_POWEROFF;

	asked |= request & expected;
	return request & expected;
}

void unikernel_xen_expect_shutdown(unsigned requests)
{
	expected |= requests;
	door_wait(&source, ready);
	requests_tell(told);
}

unsigned unikernel_xen_take_shutdown(unsigned requests)
{
	unsigned found = asked & requests;

	asked &= ~requests;
	return found;
}
