/* SPDX-License-Identifier: ISC */
/* wait.h: devices that unikernel_wait looks at, besides the console. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

#include "unikernel.h"
#include "unix/linux/system_calls.h"

struct wait_source {
	int descriptor; /* -1: there is nothing to poll for */
	/* The device's bits of unikernel_wait, as far as can be told without the kernel.
	 */
	unikernel_ready_t (*ready)(struct wait_source *source,
				   unikernel_ready_t interest);
	/* What to poll for: POLL_IN, POLL_OUT, both, 0 for nothing. */
	int16_t (*events)(const struct wait_source *source, unikernel_ready_t interest);
	/* Some of it has happened, or the descriptor is broken. */
	void (*happened)(struct wait_source *source, int16_t events);
	/* Has all left that the guest sent? */
	bool (*is_idle)(const struct wait_source *source);
	struct wait_source *next;
};

/* `source` stays for ever. At most WAIT_SOURCES_MAX. */
#define WAIT_SOURCES_MAX 24
void wait_add(struct wait_source *source);

/* Has the devices finish before the guest ends; not for long. */
void wait_finish(void);

#endif
