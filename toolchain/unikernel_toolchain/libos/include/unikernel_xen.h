/* SPDX-License-Identifier: ISC */
/* unikernel_xen.h: what a domain of Xen's has besides unikernel.h: xenstore, event
 * channels and grants, for programs that talk to other domains by themselves.
 *
 * Defined on the target xen alone: a package over it says so (META, unikernel_target).
 * Answers and events are other domains' doing, and are believed in nothing. No function
 * here may be called from an interrupt. */
#ifndef UNIKERNEL_XEN_H
#define UNIKERNEL_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of unikernel_wait: a watch has fired that unikernel_xenstore_fired was not asked
 * about since; an event came that unikernel_event_channel_take did not take. */
#define UNIKERNEL_XENSTORE_HANDLE 48
#define UNIKERNEL_EVENT_CHANNEL_HANDLE 49
#define UNIKERNEL_XEN_SHUTDOWN_HANDLE 50

/* The number of this domain, as others name it. */
uint16_t unikernel_xen_domain(void);

/* --- What the toolstack asks: xl shutdown, xl reboot. */
#define UNIKERNEL_XEN_POWEROFF 1u
#define UNIKERNEL_XEN_REBOOT 2u

/* From now on the guest does not end by itself when it is asked to in one of these ways:
 * the program does. Makes the bit UNIKERNEL_XEN_SHUTDOWN_HANDLE ready. */
void unikernel_xen_expect_shutdown(unsigned requests);

/* Those of `requests` that were made since this was asked last. */
unsigned unikernel_xen_take_shutdown(unsigned requests);

/* --- xenstore (xen: docs/misc/xenstore.txt). A path that does not begin with "/" is
 * below the domain's own. Each call waits for its answer, for some seconds at most. */
enum unikernel_xenstore_result {
	UNIKERNEL_XENSTORE_OK,
	UNIKERNEL_XENSTORE_MISSING,   /* there is no such path */
	UNIKERNEL_XENSTORE_DENIED,    /* not allowed */
	UNIKERNEL_XENSTORE_AGAIN,     /* another's changes were first: begin anew */
	UNIKERNEL_XENSTORE_TOO_LARGE, /* larger than a message, or than the buffer */
	UNIKERNEL_XENSTORE_REFUSED,   /* any other error */
	UNIKERNEL_XENSTORE_GONE,      /* no answer; there will be none any more */
};

enum unikernel_xenstore_operation {
	UNIKERNEL_XENSTORE_READ = 1, /* the value of a path */
	UNIKERNEL_XENSTORE_LIST,     /* the names below it, each with its NUL */
	UNIKERNEL_XENSTORE_WRITE,
	UNIKERNEL_XENSTORE_MAKE, /* the path, with an empty value unless it is there */
	UNIKERNEL_XENSTORE_REMOVE,
	UNIKERNEL_XENSTORE_GET_PERMISSIONS, /* as the store writes them: "n0", "r5", each
					     * with its NUL */
	UNIKERNEL_XENSTORE_SET_PERMISSIONS,
};

#define UNIKERNEL_XENSTORE_VALUE_MAX 4096 /* bytes of a message: path and value */

/* `transaction` is 0 or one that has begun. `value` is what is written; what was asked
 * for goes into `answer`, its length into `*length`. */
enum unikernel_xenstore_result
unikernel_xenstore_ask(enum unikernel_xenstore_operation operation, uint32_t transaction,
		       const char *path, const void *value, size_t size, void *answer,
		       size_t capacity, size_t *length);

/* A transaction: all that is asked in it happens at once, when it ends with `commit`. */
enum unikernel_xenstore_result unikernel_xenstore_begin(uint32_t *transaction);
enum unikernel_xenstore_result unikernel_xenstore_end(uint32_t transaction, bool commit);

/* Watches a path and all below it; a watch fires once when it is set, and again when
 * something changed. It stays through a suspend. */
#define UNIKERNEL_XENSTORE_WATCHES_MAX 64
enum unikernel_xenstore_result unikernel_xenstore_watch(const char *path,
							unsigned *watch);
void unikernel_xenstore_unwatch(unsigned watch);

/* Whether the watch has fired since this was asked last. */
bool unikernel_xenstore_fired(unsigned watch);

/* --- Event channels (xen/include/public/event_channel.h). Ports are numbers from 1; 0 is
 * none. All are gone after a resume in another place. */
#define UNIKERNEL_EVENT_PORTS_MAX 256

/* A port that domain `remote` may bind to; and one that is bound to its port
 * `remote_port`. 0: none is left, or it is not allowed. */
uint32_t unikernel_event_channel_alloc(uint16_t remote);
uint32_t unikernel_event_channel_bind(uint16_t remote, uint32_t remote_port);
void unikernel_event_channel_notify(uint32_t port);
void unikernel_event_channel_close(uint32_t port);

/* Whether an event of the port came since this was asked last. Of several in a row one
 * may be seen. */
bool unikernel_event_channel_take(uint32_t port);

/* --- Grants (xen/include/public/grant_table.h). */
/* Lets a domain use the page at `page`, which is of this guest's memory. 0: none is
 * left. */
uint32_t unikernel_grant_access(uint16_t domain, const void *page, bool read_only);

/* Ends it. False while the other domain has the page mapped: until it has not, the page
 * must be kept as it is. */
bool unikernel_grant_end(uint32_t reference);

#endif
