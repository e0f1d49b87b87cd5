/* SPDX-License-Identifier: ISC */
/* xenbus.h: devices whose other half is in another domain, and how both halves meet in
 * xenstore (xen/include/public/io/xenbus.h; the diagram in io/blkif.h).
 *
 *   AWAY ──back end InitWait: publish──▶ PUBLISHED ──Connected: connected──▶ CONNECTED
 *     ▲                                     │                        │ Connected again:
 *     └────────────── Closing, Closed, gone: disconnect ─────────────┘ connected
 *
 * The back end may go at any time and come again, or be another one after a resume in
 * another place. What it writes is never believed: numbers are read strictly and have
 * limits, and a wait has one, too. */
#ifndef XENBUS_H
#define XENBUS_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/xen_domain.h"
#include "xen/xenstore.h"

#define XENBUS_LIMIT_NS 10000000000u /* for a back end to get ready, scripts included */
#define XENBUS_FRONT_PATH_MAX 40
#define XENBUS_BACK_PATH_MAX 200

enum xenbus_stage { XENBUS_AWAY, XENBUS_PUBLISHED, XENBUS_CONNECTED };

struct xenbus_device;

/* What a kind of device does at each step, in normal context. */
struct xenbus_driver {
	const char *kind; /* as in xenstore: "vif", "vbd" */
	const char *name; /* in reports */
	/* The state this end announces once it has published: XenbusStateInitialised, or
	 * XenbusStateConnected where nothing of the back end's is needed to begin. */
	unsigned published_state;
	/* Readies rings for the back end's domain. False: the back end will not do. */
	bool (*publish)(struct xenbus_device *device);
	/* Writes what the back end must know of them; called again when a transaction met
	 * another. */
	enum xenstore_result (*write)(struct xenbus_device *device,
				      xenstore_transaction_t transaction);
	/* The back end is connected, or says so again because what it tells has changed.
	 * False: it will not do. NULL: nothing to read. */
	bool (*connected)(struct xenbus_device *device);
	/* It went, or `elsewhere`: the guest was moved, and grants and ports are gone.
	 * Called again of a device that is away when no back end will come. */
	void (*disconnect)(struct xenbus_device *device, bool elsewhere);
};

struct xenbus_device {
	const struct xenbus_driver *driver;
	unsigned number; /* in xenstore */
	enum xenbus_stage stage;
	uint16_t back_domain;
	char front[XENBUS_FRONT_PATH_MAX];     /* device/KIND/NUMBER */
	char front_key[XENBUS_FRONT_PATH_MAX]; /* `front`/backend */
	char back[XENBUS_BACK_PATH_MAX];       /* "": there is none */
	char back_state[XENBUS_BACK_PATH_MAX]; /* `back`/state */
	struct xenstore_watch front_watch, back_watch;
	bool back_is_watched;
	bool begins_anew; /* both ends are to be closed first */
	struct xen_suspend_hook suspend;
};

/* Finds device `index` of the driver's kind, in the order of their numbers, and connects
 * to it, XENBUS_LIMIT_NS at most. `least`: the stage at which that is done. False when it
 * is not there or cannot be driven; `device` may be used again then. */
bool xenbus_open(struct xenbus_device *device, const struct xenbus_driver *driver,
		 unsigned index, enum xenbus_stage least);

/* Whether something changed that xenbus_step should see to; quick. */
static inline bool xenbus_has_news(const struct xenbus_device *device)
{
	return device->front_watch.fired || device->back_watch.fired;
}

/* Does what the states of both ends ask for now. */
void xenbus_step(struct xenbus_device *device);

/* Leaves a back end that does what it must not. Says so on the console; the device is
 * away, until a back end comes anew. */
void xenbus_leave(struct xenbus_device *device, const char *why);

/* An event channel that the back end may bind to, whose events end a halt;
 * EVENT_PORT_NONE: there is none left. */
uint32_t xenbus_open_port(const struct xenbus_device *device);

/* The back end's number `key` from 0 to `most`; `otherwise` when it is not there or is
 * anything else. */
uint64_t xenbus_back_number(const struct xenbus_device *device, const char *key,
			    uint64_t most, uint64_t otherwise);

/* Whether it says 1. */
bool xenbus_back_has(const struct xenbus_device *device, const char *feature);

#endif
