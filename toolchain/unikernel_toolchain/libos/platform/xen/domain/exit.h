/* SPDX-License-Identifier: ISC */
/* exit.h: the ends of a domain. Reasons are SHUTDOWN_* of <sched.h>. */
#ifndef EXIT_H
#define EXIT_H

#include <stdint.h>

/* Ends the guest as one that did all it should: somebody asked for it, as `message` says.
 */
__attribute__((noreturn)) void domain_end(unsigned reason, const char *message);

/* Has Xen hold the domain for this reason. Comes back only from a suspend: 1 when that
 * was given up, else 0, elsewhere or later. */
intptr_t domain_shutdown(unsigned reason);

#endif
