/* SPDX-License-Identifier: ISC */
/* libc.h: what stands beneath musl instead of a kernel.
 *
 * musl's libc.a is used object by object. The files here define the calls of
 * it that would reach the kernel, one subject a file; they are linked whole
 * and ahead of musl, so musl's own versions stay out. A call of musl that
 * needs the kernel and is not defined here (setxattr, say) keeps its `syscall`
 * instruction: the guest then dies of an invalid opcode, and the fault report
 * names the call.
 */
#ifndef UNIKERNEL_RUNTIME_LIBC_H
#define UNIKERNEL_RUNTIME_LIBC_H

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unikernel.h>

/* Readies the C library: thread block, environment and arguments. To be called
 * once, first thing in unikernel_main. */
void unikernel_libc_start(const struct unikernel_start_info *info);

/* The program's arguments, NULL at [unikernel_argc]; [0] is "unikernel". */
extern int unikernel_argc;
extern char **unikernel_argv;

/* Gives musl its thread block: self pointer, errno, the C locale. */
void unikernel_libc_start_thread(void);

/* Splits the command line into `environ` and unikernel_argv: leading NAME=value words
 * (NAME of capitals, digits and _) are environment, the rest are arguments. */
void unikernel_libc_start_arguments(const char *cmdline);

/* Files by their numbers, under names that no program takes. */
ssize_t unikernel_libc_read(int fd, void *buffer, size_t size);
ssize_t unikernel_libc_write(int fd, const void *buffer, size_t size);
off_t unikernel_libc_seek(int fd, off_t offset, int whence);
int unikernel_libc_close(int fd);

/* Sets errno and returns -1. */
static inline int unikernel_libc_fail(int error)
{
	errno = error;
	return -1;
}

#endif
