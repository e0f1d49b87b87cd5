/* SPDX-License-Identifier: ISC */
/* A hosted program: arguments, environment, stdio, floats, malloc, atexit, constructors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *constructed = "no";

__attribute__((constructor)) static void construct(void)
{
	constructed = "yes";
}

static void at_exit(void)
{
	puts("atexit ran");
}

int main(int argc, char **argv)
{
	atexit(at_exit);
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = %s\n", i, argv[i]);
	printf("GREETING = %s, constructed %s, %.3f\n", getenv("GREETING"), constructed,
	       2.0 / 3);
	char *copy = strdup("kept on the heap");
	copy = realloc(copy, 100000);
	puts(copy);
	free(copy);
	printf("no newline at the end");
	return 42;
}
