/* SPDX-License-Identifier: ISC */
/* lifetime.h: whom a process lives with. */
#ifndef LIFETIME_H
#define LIFETIME_H

/* UNIKERNEL_PARENT: dies with that process. UNIKERNEL_STOPPED: waits for SIGCONT. */
void lifetime_begin(void);

#endif
