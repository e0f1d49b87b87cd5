/* SPDX-License-Identifier: ISC */
/* A guest is one process, number 1, that nothing starts and nobody awaits. */
#include "libc.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn void _Exit(int status)
{
	unikernel_exit(status);
}

_Noreturn void _exit(int) __attribute__((alias("_Exit")));

_Noreturn void abort(void)
{
	unikernel_abort("abort() was called");
}

pid_t getpid(void)
{
	return 1;
}

pid_t getppid(void)
{
	return 0;
}

pid_t fork(void)
{
	return unikernel_libc_fail(ENOSYS);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	(void)pid, (void)status, (void)options;
	return unikernel_libc_fail(ECHILD);
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
	(void)path, (void)arguments, (void)environment;
	return unikernel_libc_fail(ENOSYS);
}

/* 0 for "is there a command processor", as ISO C has it. */
int system(const char *command)
{
	return command ? unikernel_libc_fail(ENOSYS) : 0;
}

/* long, as POSIX has it: an int -1 would read as 4 GiB. */
long sysconf(int name)
{
	switch (name) {
	case _SC_PAGESIZE:
		return 4096;
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return 1;
	case _SC_CLK_TCK:
		return 100;
	default:
		return unikernel_libc_fail(EINVAL);
	}
}
