/* SPDX-License-Identifier: ISC */
/* files.h: files and directories by descriptor (include/uapi/asm-generic: fcntl.h,
 * errno-base.h, resource.h; include/uapi/linux: fcntl.h, stat.h, file.h). */
#ifndef LINUX_FILES_H
#define LINUX_FILES_H

#include "unix/linux/block_device.h"
#include "unix/linux/system_calls.h"

#define O_RDWR 2
#define O_CREAT 0100
#define O_NONBLOCK 04000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define S_IFDIR 0040000u
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define LOCK_EX_NB (2 | 4)

#define EPERM 1
#define ENOENT 2
#define ENOMEM 12
#define EACCES 13
#define EBUSY 16
#define EEXIST 17
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define EROFS 30
#define ENAMETOOLONG 36
#define EDQUOT 122

#define RLIMIT_CORE 4
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7

/* This process has no more of a resource from here on. */
static inline void resource_limit(unsigned what, uint64_t most)
{
	uint64_t both[2] = {most, most};
	system_call_3(SYS_SETRLIMIT, what, (uintptr_t)both, 0);
}

static inline long system_openat(int directory, const char *name, int flags, int mode)
{
	return system_call(SYS_OPENAT, (uintptr_t)directory, (uintptr_t)name,
			   (uintptr_t)flags, (uintptr_t)mode, 0, 0);
}

static inline long system_fstatat(int directory, const char *name,
				  struct file_status *status)
{
	return system_call(SYS_NEWFSTATAT, (uintptr_t)directory, (uintptr_t)name,
			   (uintptr_t)status, AT_SYMLINK_NOFOLLOW, 0, 0);
}

static inline long system_unlinkat(int directory, const char *name, int flags)
{
	return system_call_3(SYS_UNLINKAT, (uintptr_t)directory, (uintptr_t)name,
			     (uintptr_t)flags);
}

static inline long system_fsync(int descriptor)
{
	return system_call_3(SYS_FSYNC, (uintptr_t)descriptor, 0, 0);
}

#endif
