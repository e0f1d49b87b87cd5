/* SPDX-License-Identifier: ISC */
/* There are no signals in a guest: nobody sends any. Handlers can be set, as
 * on any system, and are never called; raising one ends the guest as its
 * default action would. */
#include "libc.h"
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sigaction(int number, const struct sigaction *restrict action,
	      struct sigaction *restrict old)
{
	(void)action;
	if (number <= 0 || number >= _NSIG)
		return unikernel_libc_fail(EINVAL);
	if (old)
		memset(old, 0, sizeof *old);
	return 0;
}

int __sigaction(int, const struct sigaction *restrict, struct sigaction *restrict)
	__attribute__((alias("sigaction")));

void (*signal(int number, void (*handler)(int)))(int)
{
	(void)handler;
	if (sigaction(number, NULL, NULL) < 0)
		return SIG_ERR;
	return SIG_DFL;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	(void)how, (void)set;
	if (old)
		sigemptyset(old);
	return 0;
}

int pthread_sigmask(int, const sigset_t *restrict, sigset_t *restrict)
	__attribute__((alias("sigprocmask")));

/* Fails, so that OCaml's runtime leaves stack overruns to the platform. */
int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	(void)stack, (void)old;
	return unikernel_libc_fail(ENOSYS);
}

int raise(int number)
{
	(void)number;
	unikernel_abort("raise() was called");
}

int kill(pid_t pid, int number)
{
	if (pid != getpid())
		return unikernel_libc_fail(ESRCH);
	return number ? raise(number) : 0;
}

/* The mask has nothing in it to save. */
#undef sigsetjmp
#undef __sigsetjmp
extern int sigsetjmp(sigjmp_buf, int) __attribute__((returns_twice));
__asm__(".globl sigsetjmp, __sigsetjmp\n"
	".type sigsetjmp, @function\n"
	".type __sigsetjmp, @function\n"
	"sigsetjmp:\n"
	"__sigsetjmp:\n"
	"	jmp setjmp\n");
