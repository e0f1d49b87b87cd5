/* SPDX-License-Identifier: ISC */
#ifndef SOLO5_CMDLINE_H
#define SOLO5_CMDLINE_H

/* `cmdline` without leading blanks and without the leading words that are not meant for
 * the application: variables UNIKERNEL_*, --solo5:quiet and --solo5:debug. Neither
 * changes anything: the base prints errors only, and has no debug messages. */
const char *solo5_cmdline(const char *cmdline);

#endif
