/* SPDX-License-Identifier: ISC */
/* events.h: events of all ports that have a handler (event_channel.h), for the idle loop
 * and for a resume. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdint.h>

/* Calls the handlers of the events that came. */
void events_dispatch(void);

/* Halts until one comes, or until the running time `until_ns`; UINT64_MAX: never. */
void events_wait(uint64_t until_ns);

/* After a resume elsewhere: there are no ports any more. */
void events_forget(void);

#endif
