/* A program started with pipes for its three streams, in a session of its own. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

enum { NONE = -1 }; /* a descriptor that is closed */

struct child {
	pid_t pid;
	int in, out, errors; /* our ends, which never wait */
};

/* Returns 0, or the errno that says why it was not started. */
int child_start(struct child *child, char **argv);

#endif
