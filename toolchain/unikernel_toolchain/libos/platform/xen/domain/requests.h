/* SPDX-License-Identifier: ISC */
/* requests.h: what the toolstack asks of this domain: to end, to begin again, to be held.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stdbool.h>

/* Has the store tell of requests; one that waits already counts. Takes two round trips.
 */
void requests_listen(void);

/* Does what was asked since the last time. May not return, or return in another place. */
void requests_attend(void);

/* For a program that ends by itself when it is asked to: `told` is called with
 * SHUTDOWN_poweroff or SHUTDOWN_reboot (<sched.h>); with false the guest ends at once, as
 * it does without. */
typedef bool (*request_told_t)(unsigned reason);
void requests_tell(request_told_t told);

#endif
