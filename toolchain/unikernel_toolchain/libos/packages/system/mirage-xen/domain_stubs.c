/* SPDX-License-Identifier: ISC */
/* Primitives of Os_eventchn, Os_activations, Os_xen and Os_lifecycle. */
#include <caml/bigarray.h>
#include <caml/mlvalues.h>
#include <unikernel_xen.h>

intnat unikernel_os_event_alloc(intnat domain)
{
	return (intnat)unikernel_event_channel_alloc((uint16_t)domain);
}

intnat unikernel_os_event_bind(intnat domain, intnat port)
{
	return (intnat)unikernel_event_channel_bind((uint16_t)domain, (uint32_t)port);
}

value unikernel_os_event_notify(intnat port)
{
	unikernel_event_channel_notify((uint32_t)port);
	return Val_unit;
}

value unikernel_os_event_close(intnat port)
{
	unikernel_event_channel_close((uint32_t)port);
	return Val_unit;
}

intnat unikernel_os_event_take(intnat port)
{
	return unikernel_event_channel_take((uint32_t)port);
}

/* domain, page of a bigarray, whether it is only read -> reference */
intnat unikernel_os_grant(intnat domain, value page, intnat read_only)
{
	return (intnat)unikernel_grant_access((uint16_t)domain, Caml_ba_data_val(page),
					      read_only);
}

intnat unikernel_os_grant_end(intnat reference)
{
	return unikernel_grant_end((uint32_t)reference);
}

value unikernel_os_expect_shutdown(intnat requests)
{
	unikernel_xen_expect_shutdown((unsigned)requests);
	return Val_unit;
}

intnat unikernel_os_take_shutdown(intnat requests)
{
	return unikernel_xen_take_shutdown((unsigned)requests);
}
