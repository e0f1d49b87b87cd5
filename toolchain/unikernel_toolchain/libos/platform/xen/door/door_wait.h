/* SPDX-License-Identifier: ISC */
/* door_wait.h: what programs wait for and no device is behind: nothing is sent out for
 * it, and what it waits for raises interrupts all the time. */
#ifndef DOOR_WAIT_H
#define DOOR_WAIT_H

#include "pvh/wait.h"

/* Has unikernel_wait look: `ready` is called at every turn. `source` stays for ever;
 * nothing happens when it is there already. */
void door_wait(struct wait_source *source,
	       unikernel_ready_t (*ready)(const struct wait_source *source));

#endif
