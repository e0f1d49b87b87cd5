/* SPDX-License-Identifier: ISC */
/* directories.h: directories of the host that a process is given.
 *
 * UNIKERNEL_KV_0, UNIKERNEL_KV_1 ...: dir:FD[,ro], a descriptor of a directory of Linux,
 * from which the guest only reads with ",ro". */
#ifndef DIRECTORIES_H
#define DIRECTORIES_H

/* Reads the variables and starts a file server for each, which ends with this process. */
void directories_init(void);

#endif
