/* SPDX-License-Identifier: ISC */
#include "libc.h"
#include <sys/random.h>
#include <unistd.h>

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
	(void)flags;
	unikernel_entropy(buffer, size);
	return (ssize_t)size;
}

int getentropy(void *buffer, size_t size)
{
	if (size > 256)
		return unikernel_libc_fail(EIO);
	unikernel_entropy(buffer, size);
	return 0;
}
