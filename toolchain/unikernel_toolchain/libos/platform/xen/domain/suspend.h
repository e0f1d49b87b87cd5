/* SPDX-License-Identifier: ISC */
#ifndef SUSPEND_H
#define SUSPEND_H

/* Has devices get ready (xen_domain.h), the domain be held, and all that was lost made
 * anew when it goes on. */
void domain_suspend(void);

#endif
