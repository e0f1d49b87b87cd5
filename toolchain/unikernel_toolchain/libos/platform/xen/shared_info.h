/* SPDX-License-Identifier: ISC */
/* shared_info.h: the page in which Xen tells of events and of the time
 * (xen/include/public/ xen.h, struct shared_info). */
#ifndef SHARED_INFO_H
#define SHARED_INFO_H

struct shared_info;

/* The page, asked for at the first call. Aborts when Xen refuses. */
struct shared_info *shared_info(void);

/* After a resume elsewhere: the next call asks for it anew. */
void shared_info_forget(void);

#endif
