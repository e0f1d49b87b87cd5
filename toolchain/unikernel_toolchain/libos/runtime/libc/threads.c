/* SPDX-License-Identifier: ISC */
/* POSIX threads for a guest, which has one: what OCaml 5's runtime calls. Nobody else
 * could unlock a mutex or signal a condition, so who would wait, waits for ever: that is
 * an error of the call where there is one, and ends the guest where there is none.
 *
 * A mutex's first word says whether it is held. Zeros are a mutex that nobody holds, in
 * glibc's headers, with which OCaml's runtime is compiled, and in musl's. All mutexes
 * check for errors (PTHREAD_MUTEX_ERRORCHECK), as OCaml's Mutex asks. What only prepares,
 * such as pthread_mutexattr_init, is musl's. */
#include "libc.h"
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FUTEX_WAKE 1
#define FUTEX_COMMANDS 127 /* the rest are flags */

static int *held(pthread_mutex_t *mutex)
{
	return (int *)mutex;
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex,
		       const pthread_mutexattr_t *restrict attributes)
{
	(void)attributes;
	*held(mutex) = 0;
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	return *held(mutex) ? EBUSY : 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (*held(mutex))
		return EDEADLK;
	*held(mutex) = 1;
	return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	if (*held(mutex))
		return EBUSY;
	*held(mutex) = 1;
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!*held(mutex))
		return EPERM;
	*held(mutex) = 0;
	return 0;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
	(void)condition;
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
	(void)condition;
	return 0;
}

int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
	(void)condition, (void)mutex;
	unikernel_abort("deadlock: the only thread waits for another one's signal");
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
		   void *(*function)(void *), void *restrict argument)
{
	(void)thread, (void)attributes, (void)function, (void)argument;
	return EAGAIN;
}

int pthread_detach(pthread_t thread)
{
	(void)thread;
	return EINVAL;
}

int pthread_join(pthread_t thread, void **result)
{
	(void)thread, (void)result;
	return EINVAL;
}

int pthread_cancel(pthread_t thread)
{
	(void)thread;
	return ESRCH;
}

/* The guest has other ways to end: this is for threads that pthread_create began. */
void pthread_exit(void *result)
{
	(void)result;
	unikernel_abort("the only thread has called pthread_exit()");
}

/* The runtime then asks sysconf how many processors there are. */
int pthread_getaffinity_np(pthread_t thread, size_t size, void *set);

int pthread_getaffinity_np(pthread_t thread, size_t size, void *set)
{
	(void)thread, (void)size, (void)set;
	return ENOSYS;
}

/* musl's own functions enter the kernel by themselves; this is for who calls it by name:
 * the runtime's barriers, futexes that nobody else can have changed. */
long syscall(long number, ...)
{
	va_list arguments;

	va_start(arguments, number);
	(void)va_arg(arguments, void *);
	int operation = va_arg(arguments, int);
	va_end(arguments);
	if (number != SYS_futex)
		return unikernel_libc_fail(ENOSYS);
	if ((operation & FUTEX_COMMANDS) != FUTEX_WAKE)
		unikernel_abort("deadlock: the only thread waits for another (futex)");
	return 0;
}
