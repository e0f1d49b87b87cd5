/* SPDX-License-Identifier: ISC */
/* Two watches tell of news: of `backend` below the front end's path, which the toolstack
 * writes and removes, and of the back end's state. Neither is changed by what this end
 * writes. */
#include "xenbus.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "xen/event_channel.h"
#include "pvh/time.h"
#include "unikernel.h"
#include "xenbus_find.h"

#include <io/xenbus.h>

#define TRIES 16		 /* of a transaction that meets others */
#define BACK_DOMAIN_MOST 0x7fefu /* DOMID_FIRST_RESERVED - 1 */

/* Events end a halt, and nothing more. */
static void on_event(void *argument)
{
	(void)argument;
}

uint32_t xenbus_open_port(const struct xenbus_device *d)
{
	uint32_t port = event_channel_alloc(d->back_domain);
	if (port != EVENT_PORT_NONE)
		event_channel_set_handler(port, on_event, NULL);
	return port;
}

static void write_state(const struct xenbus_device *d, unsigned state)
{
	xenstore_write_number(XENSTORE_NO_TRANSACTION, d->front, "state", state);
}

uint64_t xenbus_back_number(const struct xenbus_device *d, const char *key, uint64_t most,
			    uint64_t otherwise)
{
	uint64_t value = otherwise;
	xenstore_read_number(d->back, key, &value, most);
	return value;
}

bool xenbus_back_has(const struct xenbus_device *d, const char *feature)
{
	return xenbus_back_number(d, feature, 1, 0);
}

/* A back end without a state that makes sense is none. */
static enum xenbus_state back_state(const struct xenbus_device *d)
{
	if (!d->back[0])
		return XenbusStateClosed;
	return (enum xenbus_state)xenbus_back_number(d, "state", XenbusStateReconfigured,
						     XenbusStateClosed);
}

static void disconnect(struct xenbus_device *d, bool elsewhere)
{
	if (d->stage == XENBUS_AWAY)
		return;
	d->stage = XENBUS_AWAY;
	d->driver->disconnect(d, elsewhere);
}

static void set_back(struct xenbus_device *d, const char *path, size_t length)
{
	if (d->back_is_watched)
		xenstore_unwatch(&d->back_watch);
	d->back_is_watched = false;
	memmove(d->back, path, length);
	d->back[length] = 0;
	if (!length)
		return;
	format(d->back_state, sizeof d->back_state, "%s/state", d->back);
	d->back_watch = (struct xenstore_watch){.path = d->back_state};
	d->back_is_watched = xenstore_watch(&d->back_watch) == XENSTORE_OK;
}

/* Absolute, and text: an empty one would be this guest's own tree. */
static bool is_path(const char *text, size_t length)
{
	return length > 1 && text[0] == '/' && text_length(text) == length;
}

/* The toolstack has made the device anew, be it under the same path. */
static bool is_fresh(const struct xenbus_device *d)
{
	uint64_t state = XenbusStateUnknown;
	xenstore_read_number(d->front, "state", &state, XenbusStateReconfigured);
	return state == XenbusStateInitialising;
}

/* Looks where the back end is now; another one has other rings. */
static void locate(struct xenbus_device *d)
{
	char path[XENBUS_BACK_PATH_MAX - sizeof "/state"];
	uint64_t domain = 0;
	size_t length = 0;
	bool found = xenstore_read(XENSTORE_NO_TRANSACTION, d->front_key, path,
				   sizeof path, &length) == XENSTORE_OK &&
		     is_path(path, length) &&
		     xenstore_read_number(d->front, "backend-id", &domain,
					  BACK_DOMAIN_MOST) == XENSTORE_OK;
	if (!found)
		length = 0;
	if (length == text_length(d->back) && !memcmp(path, d->back, length) &&
	    domain == d->back_domain && !is_fresh(d))
		return;
	disconnect(d, false);
	d->begins_anew = false;
	set_back(d, path, length);
	d->back_domain = (uint16_t)domain;
}

/* All at once, and the state last: the back end looks when it changes. */
static bool write_keys(struct xenbus_device *d)
{
	enum xenstore_result r = XENSTORE_AGAIN;
	for (unsigned i = 0; i < TRIES && r == XENSTORE_AGAIN; i++) {
		xenstore_transaction_t transaction;
		if (xenstore_begin(&transaction) != XENSTORE_OK)
			return false;
		r = d->driver->write(d, transaction);
		if (r == XENSTORE_OK)
			r = xenstore_write_number(transaction, d->front, "state",
						  d->driver->published_state);
		enum xenstore_result end = xenstore_end(transaction, r == XENSTORE_OK);
		r = r == XENSTORE_OK ? end : r;
	}
	return r == XENSTORE_OK;
}

void xenbus_leave(struct xenbus_device *d, const char *why)
{
	print("xen: %s %u: %s\n", d->driver->name, (uint64_t)d->number, why);
	disconnect(d, false);
	write_state(d, XenbusStateClosed);
}

static void publish(struct xenbus_device *d)
{
	d->stage = XENBUS_PUBLISHED;
	if (!d->driver->publish(d))
		xenbus_leave(d, "its back end lacks what this guest needs");
	else if (!write_keys(d))
		xenbus_leave(d, "xenstore does not take what its back end must know");
}

static void connected(struct xenbus_device *d)
{
	bool is_first = d->stage == XENBUS_PUBLISHED;
	d->stage = XENBUS_CONNECTED;
	if (d->driver->connected && !d->driver->connected(d))
		xenbus_leave(d, "what its back end says of it makes no sense");
	else if (is_first && d->driver->published_state != XenbusStateConnected)
		write_state(d, XenbusStateConnected);
}

/* The back end waits for this end to be closed before it lets go. One that is away since
 * the guest was moved may wait for a back end that never comes: it hears of that, too. */
static void close_too(struct xenbus_device *d)
{
	bool was_away = d->stage == XENBUS_AWAY;
	d->stage = XENBUS_AWAY;
	d->driver->disconnect(d, false);
	if (d->back[0] && !was_away)
		write_state(d, XenbusStateClosed);
}

/* A back end that began anew, unseen, may have taken the old rings for its own: both ends
 * go through Closed to the beginning. */
static void begin_anew(struct xenbus_device *d)
{
	disconnect(d, false);
	d->begins_anew = true;
	write_state(d, XenbusStateClosed);
}

/* Whether the states are on their way back to the beginning. */
static bool is_beginning_anew(struct xenbus_device *d, enum xenbus_state state)
{
	if (!d->begins_anew)
		return false;
	d->begins_anew = d->back[0] && state != XenbusStateClosed;
	if (d->back[0] && !d->begins_anew)
		write_state(d, XenbusStateInitialising);
	return true;
}

void xenbus_step(struct xenbus_device *d)
{
	bool moved = d->front_watch.fired;
	d->front_watch.fired = d->back_watch.fired = false;
	if (moved)
		locate(d);
	enum xenbus_state state = back_state(d);
	if (is_beginning_anew(d, state))
		return;
	switch (state) {
	case XenbusStateInitWait:
	case XenbusStateInitialised:
		if (d->stage == XENBUS_CONNECTED)
			begin_anew(d);
		else if (d->stage == XENBUS_AWAY)
			publish(d);
		break;
	case XenbusStateConnected:
		if (d->stage != XENBUS_AWAY)
			connected(d);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosing:
	case XenbusStateClosed:
		close_too(d);
		break;
	default: /* Initialising, Reconfiguring ...: it says more later */
		break;
	}
}

static void before_suspend(struct xen_suspend_hook *hook)
{
	(void)hook; /* what is under way may be done, or is asked again afterwards */
}

/* The store has the front end anew, with a back end that knows nothing. */
static void after_suspend(struct xen_suspend_hook *hook, bool elsewhere)
{
	struct xenbus_device *d =
		(struct xenbus_device *)((char *)hook -
					 offsetof(struct xenbus_device, suspend));
	if (!elsewhere)
		return;
	disconnect(d, true);
	d->begins_anew = false;
	d->front_watch.fired = true;
	set_back(d, "", 0);
	xenbus_step(d);
}

static bool begin(struct xenbus_device *d)
{
	format(d->front, sizeof d->front, "device/%s/%u", d->driver->kind,
	       (uint64_t)d->number);
	format(d->front_key, sizeof d->front_key, "%s/backend", d->front);
	d->front_watch = (struct xenstore_watch){.path = d->front_key};
	return xenstore_watch(&d->front_watch) == XENSTORE_OK;
}

bool xenbus_open(struct xenbus_device *d, const struct xenbus_driver *driver,
		 unsigned index, enum xenbus_stage least)
{
	*d = (struct xenbus_device){.driver = driver};
	if (!xenbus_find(driver->kind, index, &d->number) || !begin(d))
		return false;
	uint64_t until_ns = time_running_ns() + XENBUS_LIMIT_NS;
	d->front_watch.fired = true;
	xenbus_step(d);
	while (d->stage < least && d->back_is_watched &&
	       xenstore_wait(&d->back_watch, until_ns))
		xenbus_step(d);
	if (d->stage < least) {
		xenbus_leave(d, "its back end does not get ready");
		set_back(d, "", 0);
		xenstore_unwatch(&d->front_watch);
		return false;
	}
	d->suspend.before = before_suspend;
	d->suspend.after = after_suspend;
	xen_suspend_add(&d->suspend);
	return true;
}
