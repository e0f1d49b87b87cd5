/* SPDX-License-Identifier: ISC */
/* system_calls.h: the system calls of Linux that a process needs, before and after it is
 * locked in (sandbox.c has the list of the latter). Numbers, structures and constants:
 * Linux, include/uapi and arch/x86/include/uapi. All return -errno when they fail. */
#ifndef SYSTEM_CALLS_H
#define SYSTEM_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum system_call {
	SYS_READ = 0,
	SYS_WRITE = 1,
	SYS_OPEN = 2,
	SYS_CLOSE = 3,
	SYS_FSTAT = 5,
	SYS_MMAP = 9,
	SYS_MUNMAP = 11,
	SYS_RT_SIGACTION = 13,
	SYS_RT_SIGPROCMASK = 14,
	SYS_RT_SIGRETURN = 15,
	SYS_IOCTL = 16,
	SYS_READV = 19,
	SYS_WRITEV = 20,
	SYS_GETPID = 39,
	SYS_SOCKETPAIR = 53,
	SYS_FORK = 57,
	SYS_KILL = 62,
	SYS_FCNTL = 72,
	SYS_FLOCK = 73,
	SYS_FSYNC = 74,
	SYS_FDATASYNC = 75,
	SYS_FTRUNCATE = 77,
	SYS_GETPPID = 110,
	SYS_SIGALTSTACK = 131,
	SYS_PRCTL = 157,
	SYS_ARCH_PRCTL = 158,
	SYS_SETRLIMIT = 160,
	SYS_GETDENTS64 = 217,
	SYS_FADVISE64 = 221,
	SYS_CLOCK_GETTIME = 228,
	SYS_EXIT_GROUP = 231,
	SYS_OPENAT = 257,
	SYS_MKDIRAT = 258,
	SYS_NEWFSTATAT = 262,
	SYS_UNLINKAT = 263,
	SYS_RENAMEAT = 264,
	SYS_PPOLL = 271,
	SYS_FALLOCATE = 285,
	SYS_PWRITEV = 296,
	SYS_GETRANDOM = 318,
	SYS_PREADV2 = 327,
	SYS_CLOSE_RANGE = 436,
};

#define EINTR 4
#define EIO 5
#define EAGAIN 11
#define EFAULT 14

struct timespec {
	int64_t seconds, nanoseconds;
};

struct io_part {
	void *bytes;
	size_t length;
};

struct poll_entry {
	int descriptor;
	int16_t events, happened;
};

#define POLL_IN 1
#define POLL_OUT 4

static inline long system_call(enum system_call number, uintptr_t a, uintptr_t b,
			       uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)
{
	long result;
	register uintptr_t r10 __asm__("r10") = d;
	register uintptr_t r8 __asm__("r8") = e;
	register uintptr_t r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long system_call_3(enum system_call number, uintptr_t a, uintptr_t b,
				 uintptr_t c)
{
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long system_read(int descriptor, void *bytes, size_t size)
{
	return system_call_3(SYS_READ, (uintptr_t)descriptor, (uintptr_t)bytes, size);
}

static inline long system_write(int descriptor, const void *bytes, size_t size)
{
	return system_call_3(SYS_WRITE, (uintptr_t)descriptor, (uintptr_t)bytes, size);
}

static inline long system_readv(int descriptor, const struct io_part *parts, size_t count)
{
	return system_call_3(SYS_READV, (uintptr_t)descriptor, (uintptr_t)parts, count);
}

static inline long system_writev(int descriptor, const struct io_part *parts,
				 size_t count)
{
	return system_call_3(SYS_WRITEV, (uintptr_t)descriptor, (uintptr_t)parts, count);
}

static inline long system_close(int descriptor)
{
	return system_call_3(SYS_CLOSE, (uintptr_t)descriptor, 0, 0);
}

static inline long system_fcntl(int descriptor, int command, uintptr_t argument)
{
	return system_call_3(SYS_FCNTL, (uintptr_t)descriptor, (uintptr_t)command,
			     argument);
}

static inline long system_ioctl(int descriptor, uintptr_t request, uintptr_t argument)
{
	return system_call_3(SYS_IOCTL, (uintptr_t)descriptor, request, argument);
}

static inline long system_prctl(int option, uintptr_t a, uintptr_t b)
{
	return system_call(SYS_PRCTL, (uintptr_t)option, a, b, 0, 0, 0);
}

/* `timeout` NULL: for ever. */
static inline long system_ppoll(struct poll_entry *entries, size_t count,
				struct timespec *timeout)
{
	return system_call(SYS_PPOLL, (uintptr_t)entries, count, (uintptr_t)timeout, 0, 0,
			   0);
}

__attribute__((noreturn)) static inline void system_exit(int status)
{
	for (;;)
		system_call_3(SYS_EXIT_GROUP, (uintptr_t)status, 0, 0);
}

#endif
