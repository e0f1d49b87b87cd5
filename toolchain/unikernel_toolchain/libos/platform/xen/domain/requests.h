/* SPDX-License-Identifier: ISC */
/* requests.h: what the toolstack asks of this domain: to end, to begin again, to be held.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

/* Has the store tell of requests; one that waits already counts. Takes two round trips.
 */
void requests_listen(void);

/* Does what was asked since the last time. May not return, or return in another place. */
void requests_attend(void);

#endif
