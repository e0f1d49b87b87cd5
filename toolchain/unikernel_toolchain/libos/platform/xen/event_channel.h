/* SPDX-License-Identifier: ISC */
/* event_channel.h: Xen's interrupts between domains (xen/include/public/event_channel.h,
 * the 2-level ABI).
 *
 * A port is a number of this guest's, from 1. An event says that something happened, not
 * what, nor how often: whoever is told looks at the ring. Events that come while a port
 * is masked, or while the guest runs, are kept and told in the next idle window
 * (pvh/wait.c). After a resume in another place all ports are gone (xen_domain.h).
 */
#ifndef EVENT_CHANNEL_H
#define EVENT_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_PORT_NONE 0u
#define EVENT_PORTS_MAX 256u /* this guest uses ports below */

/* Called in the idle window with interrupts off, on the interrupt stack: notes that
 * something happened, and nothing else. */
typedef void (*event_handler_t)(void *argument);

/* A new port that domain `remote` may bind to; masked. EVENT_PORT_NONE: Xen has none
 * left, or they are all in use here. */
uint32_t event_channel_alloc(uint16_t remote);

/* Sets what an event of this port calls (NULL: nothing) and lets its events through. One
 * that waits already is told in the next idle window. */
void event_channel_set_handler(uint32_t port, event_handler_t handler, void *argument);

/* Events of the port are kept for later, or told again; one that came in between is told
 * in the next idle window. */
void event_channel_mask(uint32_t port);
void event_channel_unmask(uint32_t port);

/* Takes the event of a port that came, if one did: for those who look at a masked port
 * themselves. Clear first, then look at the ring: what comes in between is a new event.
 */
bool event_channel_take(uint32_t port);

/* Waits until an event of this port is there, at most until the running time `until_ns`
 * (pvh/time.h); false when there is none then. The port must be masked, or have no
 * handler. Takes the event. May return true without one. */
bool event_channel_wait(uint32_t port, uint64_t until_ns);

/* The guest's next wait for events ends at this running time, if not before. */
void event_channel_look_again(uint64_t at_ns);

/* Tells the other side. Costs a hypercall; nothing happens when it is gone. */
void event_channel_notify(uint32_t port);

/* Gives the port back; its handler is not called any more. EVENT_PORT_NONE is allowed. */
void event_channel_close(uint32_t port);

#endif
