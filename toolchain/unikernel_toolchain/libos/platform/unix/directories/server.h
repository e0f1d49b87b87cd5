/* SPDX-License-Identifier: ISC */
/* server.h: the file server, a process of its own beside the guest's. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

/* Locks the process in, and answers requests at `socket` about the directory `root` until
 * the guest is gone. */
__attribute__((noreturn)) void server_run(int socket, int root, bool read_only);

#endif
