/* SPDX-License-Identifier: ISC */
/* A program names what it has as it likes, ISO C's names excepted: words that the layers
 * beneath it have use for as well, some of them as data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNMAPPED ((void *)8)

void *memory = UNMAPPED, *nets = UNMAPPED, *attachments = UNMAPPED, *cmdline = UNMAPPED;
int read, close, lseek, write, open, isatty, map, top, handlers, names;
double heap_init, console_init, time_init, trace_flush, memory_init;
char boot_stack[3], boot_gdt[3], trap_stubs[3];

static int calls;

void start(void)
{
	calls++;
}

void run(void)
{
	calls++;
}

void print(const char *text)
{
	calls++;
	puts(text);
}

int format(int a, int b)
{
	calls++;
	return a + b;
}

void seed_secret(void)
{
	calls++;
}

void unikernel_free_of_charge(void)
{
	calls++;
}

int exit_status(void)
{
	calls++;
	return 3;
}

int main(void)
{
	char line[64], *block = malloc(100);

	start();
	run();
	print("printed");
	seed_secret();
	unikernel_free_of_charge();
	snprintf(line, sizeof line, "%d %d", format(2, 3), exit_status());
	puts(line);
	strcpy(block, "allocated");
	printf("%s, %d calls, %d\n", block, calls, write + read + close);
	free(block);
}
