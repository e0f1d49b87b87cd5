/* SPDX-License-Identifier: ISC */
/* The four files there are: the console as 0, 1 and 2, the entropy device as
 * 3. There is no file system: every other name is ENOENT. */
#include "../libc.h"
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#undef open64
#undef lseek64

enum { CONSOLE_IN, CONSOLE_OUT, CONSOLE_ERROR, ENTROPY, FILES };

static bool is_entropy(const char *path)
{
	return !strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random");
}

int open(const char *path, int flags, ...)
{
	(void)flags;
	return is_entropy(path) ? ENTROPY : unikernel_libc_fail(ENOENT);
}

int open64(const char *, int, ...) __attribute__((alias("open")));

int unikernel_libc_close(int fd)
{
	return fd >= 0 && fd < FILES ? 0 : unikernel_libc_fail(EBADF);
}

int close(int) __attribute__((alias("unikernel_libc_close")));

static size_t read_console(char *buffer, size_t size)
{
	size_t count = 0;

	while (size && !(count = unikernel_console_read(buffer, size)) &&
	       !unikernel_console_ended())
		unikernel_wait(UNIKERNEL_READY_CONSOLE, UINT64_MAX);
	return count;
}

ssize_t unikernel_libc_read(int fd, void *buffer, size_t size)
{
	switch (fd) {
	case CONSOLE_IN:
		return (ssize_t)read_console(buffer, size);
	case ENTROPY:
		unikernel_entropy(buffer, size);
		return (ssize_t)size;
	default:
		return unikernel_libc_fail(EBADF);
	}
}

ssize_t read(int, void *, size_t) __attribute__((alias("unikernel_libc_read")));

ssize_t unikernel_libc_write(int fd, const void *buffer, size_t size)
{
	if (fd != CONSOLE_OUT && fd != CONSOLE_ERROR)
		return unikernel_libc_fail(EBADF);
	unikernel_console_write(buffer, size);
	return (ssize_t)size;
}

ssize_t write(int, const void *, size_t) __attribute__((alias("unikernel_libc_write")));

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t total = 0;

	for (int i = 0; i < count; i++) {
		if (unikernel_libc_write(fd, parts[i].iov_base, parts[i].iov_len) < 0)
			return -1;
		total += (ssize_t)parts[i].iov_len;
	}
	return total;
}

off_t unikernel_libc_seek(int fd, off_t offset, int whence)
{
	(void)fd, (void)offset, (void)whence;
	return unikernel_libc_fail(ESPIPE);
}

off_t lseek(int, off_t, int) __attribute__((alias("unikernel_libc_seek")));
off_t lseek64(int, off_t, int) __attribute__((alias("unikernel_libc_seek")));
off_t __lseek(int, off_t, int) __attribute__((alias("unikernel_libc_seek")));

/* The console is a terminal to a program that asks: lines come out at once. */
int isatty(int fd)
{
	if (fd >= CONSOLE_IN && fd <= CONSOLE_ERROR)
		return 1;
	errno = ENOTTY;
	return 0;
}

int ioctl(int fd, int request, ...)
{
	(void)fd, (void)request;
	return unikernel_libc_fail(ENOTTY);
}

int fcntl(int fd, int command, ...)
{
	(void)fd, (void)command;
	return unikernel_libc_fail(ENOSYS);
}
