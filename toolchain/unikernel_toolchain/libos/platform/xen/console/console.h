/* SPDX-License-Identifier: ISC */
/* console.h: around a suspend. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

/* After a resume elsewhere: the page was cleared, the port is another one. */
void console_resume(void);

#endif
