/* SPDX-License-Identifier: ISC */
/* Address space is laid out once, at boot: there is nothing to map. */
#include "libc.h"
#include <sys/mman.h>
#include <unistd.h>

#undef mmap64

void *mmap(void *address, size_t size, int prot, int flags, int fd, off_t offset)
{
	(void)address, (void)size, (void)prot, (void)flags, (void)fd, (void)offset;
	errno = ENOSYS;
	return MAP_FAILED;
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

int munmap(void *address, size_t size)
{
	(void)address, (void)size;
	return unikernel_libc_fail(EINVAL);
}

int mprotect(void *address, size_t size, int prot)
{
	(void)address, (void)size, (void)prot;
	return unikernel_libc_fail(ENOSYS);
}

int madvise(void *address, size_t size, int advice)
{
	(void)address, (void)size, (void)advice;
	return unikernel_libc_fail(ENOSYS);
}
