/* SPDX-License-Identifier: ISC */
/* lifetime.h: whom a process lives with. */
#ifndef LIFETIME_H
#define LIFETIME_H

/* UK_PARENT: dies with that process. UK_STOPPED: waits for SIGCONT. */
void lifetime_begin(void);

#endif
