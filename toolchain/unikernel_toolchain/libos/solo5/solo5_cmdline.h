/* SPDX-License-Identifier: ISC */
#ifndef SOLO5_CMDLINE_H
#define SOLO5_CMDLINE_H

/* `cmdline` without leading blanks and without the leading words that are meant for
 * Solo5 itself, --solo5:quiet and --solo5:debug. */
const char *solo5_cmdline(const char *cmdline);

#endif
