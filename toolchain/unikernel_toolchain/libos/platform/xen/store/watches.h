/* SPDX-License-Identifier: ISC */
#ifndef WATCHES_H
#define WATCHES_H

/* After a resume elsewhere, once the store is connected: sets all watches again. */
void watches_resume(void);

#endif
