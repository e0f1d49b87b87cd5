/* SPDX-License-Identifier: ISC */
#ifndef GRANTS_H
#define GRANTS_H

/* After a resume elsewhere: there is no table any more. */
void grants_forget(void);

#endif
