/* SPDX-License-Identifier: ISC */
/* What a saved domain keeps is its memory and its registers. Pages that Xen lent (shared
 * info, grants) are other ones, rings are empty, ports are gone; the toolstack has put
 * new ports into the domain's parameters. A suspend that was given up leaves everything
 * as it was; whether the guest is told depends on whether it looks like one that can be
 * told.
 */
#include "suspend.h"
#include "exit.h"
#include "machine/console.h"
#include "unikernel.h"
#include "xen/console/console.h"
#include "xen/events.h"
#include "xen/grants.h"
#include "xen/hvm_parameter.h"
#include "xen/hypercall.h"
#include "xen/shared_info.h"
#include "xen/store/store_exchange.h"
#include "xen/store/watches.h"
#include "xen/time_source.h"
#include "xen/xen_domain.h"
#include "xen_domain_id.h"

#include <hvm/params.h>
#include <sched.h>

/* A vector that interrupts are off for, and nobody ever takes. */
#define CALLBACK ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | 47)

static struct xen_suspend_hook *hooks, **last = &hooks;

void xen_suspend_add(struct xen_suspend_hook *hook)
{
	hook->next = 0;
	*last = hook;
	last = &hook->next;
}

/* A toolstack that gives a suspend up sets its result only for guests that have a way to
 * be told of events (xen: tools/libs/ctrl/xc_resume.c, modify_returncode). */
static void look_like_a_guest_with_events(void)
{
	hvm_parameter_set(HVM_PARAM_CALLBACK_IRQ, CALLBACK);
}

/* In this order: each stands on those before. */
static void begin_anew(void)
{
	if (!hypercall_init())
		__builtin_trap();
	shared_info_forget();
	events_forget();
	grants_forget();
	time_resume();
	console_resume();
	store_reconnect();
	watches_resume();
	xen_domain_id_forget();
}

void domain_suspend(void)
{
	for (struct xen_suspend_hook *hook = hooks; hook; hook = hook->next)
		hook->before(hook);
	console_drain(); /* a saved ring is empty */
	look_like_a_guest_with_events();
	time_suspend();
	bool elsewhere = domain_shutdown(SHUTDOWN_suspend) == 0;
	if (elsewhere)
		begin_anew();
	for (struct xen_suspend_hook *hook = hooks; hook; hook = hook->next)
		hook->after(hook, elsewhere);
}
