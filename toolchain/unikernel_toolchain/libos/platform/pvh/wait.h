/* SPDX-License-Identifier: ISC */
/* wait.h: devices that unikernel_wait looks at, besides the console. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

#include "unikernel.h"

struct wait_source {
	/* The device's bits of unikernel_wait. */
	unikernel_ready_t (*ready)(const struct wait_source *source);
	/* Before every wait: what the guest has for the device goes out. */
	void (*flush)(struct wait_source *source);
	/* Before the CPU halts: a bit of `interest` raises an interrupt from now on. */
	void (*ask_interrupt)(struct wait_source *source, unikernel_ready_t interest);
	/* Is the device done with all that it was told? */
	bool (*is_idle)(const struct wait_source *source);
	struct wait_source *next;
};

/* `source` stays for ever. */
void wait_add(struct wait_source *source);

/* Has the devices finish before the guest ends; not for long. */
void wait_finish(void);

#endif
