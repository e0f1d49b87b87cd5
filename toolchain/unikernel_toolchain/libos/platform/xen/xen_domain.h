/* SPDX-License-Identifier: ISC */
/* xen_domain.h: the guest as a domain: who it is, and what the toolstack asks of it
 * (control/shutdown in xenstore; xen: docs/misc/xenstore-paths.pandoc).
 *
 * A suspend takes every event channel, grant and ring connection from a guest that goes
 * on in another place (restored, migrated). Devices keep up by hooks.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

/* This domain's number, as other domains name it; another one after a resume elsewhere.
 * Asks xenstore at the first call; DOMID_SELF (<xen.h>) when that does not answer. */
uint16_t xen_domain_id(void);

/* A device's part in a suspend, in normal context. */
struct xen_suspend_hook {
	/* The guest is about to be held: finish what must not be cut, or remember what to
	 * ask again. The other side may still answer. Must not wait for long. */
	void (*before)(struct xen_suspend_hook *hook);
	/* It goes on. `elsewhere`: event channels, grants and the other side are gone,
	 * the store and its watches are there again; without it nothing has changed (the
	 * suspend was given up). */
	void (*after)(struct xen_suspend_hook *hook, bool elsewhere);
	struct xen_suspend_hook *next;
};

/* `hook` stays for ever. Hooks are called in the order added, `after` too. */
void xen_suspend_add(struct xen_suspend_hook *hook);

#endif
