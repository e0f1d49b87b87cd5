/* SPDX-License-Identifier: ISC */
/* getenv as C has it. musl's looks for "=" in the name before it looks at an environment
 * that is empty most of the time. */
#include <stddef.h>
#include <stdlib.h>

extern char **__environ;

static char *value_of(char *assignment, const char *name)
{
	while (*name && *name == *assignment) {
		name++;
		assignment++;
	}
	return !*name && *assignment == '=' ? assignment + 1 : NULL;
}

char *getenv(const char *name)
{
	for (char **variable = __environ; variable && *variable; variable++) {
		char *value = value_of(*variable, name);
		if (value)
			return value;
	}
	return NULL;
}
