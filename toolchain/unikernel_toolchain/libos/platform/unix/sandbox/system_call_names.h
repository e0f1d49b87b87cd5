/* SPDX-License-Identifier: ISC */
#ifndef SYSTEM_CALL_NAMES_H
#define SYSTEM_CALL_NAMES_H

/* What the system call of this number is called; "of a rare kind" where it has no name
 * here. */
const char *system_call_name(unsigned number);

#endif
