/* SPDX-License-Identifier: ISC */
/* Calls that name a file or a folder. There are none: looking one up is
 * ENOENT, making one is EROFS. */
#include "../libc.h"
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#undef stat64
#undef lstat64
#undef fstat64
#undef readdir64
#undef fopen64

static int not_found(void)
{
	return unikernel_libc_fail(ENOENT);
}

static void *none(void)
{
	errno = ENOENT;
	return NULL;
}

int stat(const char *restrict path, struct stat *restrict result)
{
	(void)path, (void)result;
	return not_found();
}

int stat64(const char *, struct stat *) __attribute__((alias("stat")));
int lstat(const char *restrict, struct stat *restrict) __attribute__((alias("stat")));
int lstat64(const char *, struct stat *) __attribute__((alias("stat")));

int fstat(int fd, struct stat *result)
{
	(void)fd, (void)result;
	return unikernel_libc_fail(EBADF);
}

int fstat64(int, struct stat *) __attribute__((alias("fstat")));

int access(const char *path, int mode)
{
	(void)path, (void)mode;
	return not_found();
}

int chdir(const char *path)
{
	(void)path;
	return not_found();
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
	(void)path, (void)buffer, (void)size;
	return not_found();
}

int unlink(const char *path)
{
	(void)path;
	return not_found();
}

int rmdir(const char *path)
{
	(void)path;
	return not_found();
}

int remove(const char *path)
{
	(void)path;
	return not_found();
}

int rename(const char *from, const char *to)
{
	(void)from, (void)to;
	return not_found();
}

int mkdir(const char *path, mode_t mode)
{
	(void)path, (void)mode;
	return unikernel_libc_fail(EROFS);
}

char *getcwd(char *buffer, size_t size)
{
	(void)buffer, (void)size;
	return none();
}

DIR *opendir(const char *path)
{
	(void)path;
	return none();
}

struct dirent *readdir(DIR *directory)
{
	(void)directory;
	errno = EBADF;
	return NULL;
}

struct dirent *readdir64(DIR *) __attribute__((alias("readdir")));

int closedir(DIR *directory)
{
	(void)directory;
	return unikernel_libc_fail(EBADF);
}

/* How musl reads time zones and locales. */
const unsigned char *__map_file(const char *path, size_t *size)
{
	(void)path, (void)size;
	return NULL;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	(void)path, (void)mode;
	return none();
}

FILE *fopen64(const char *, const char *) __attribute__((alias("fopen")));

void *dlopen(const char *path, int flags)
{
	(void)path, (void)flags;
	return NULL;
}

void *dlsym(void *restrict library, const char *restrict name)
{
	(void)library, (void)name;
	return NULL;
}

int dlclose(void *library)
{
	(void)library;
	return -1;
}

char *dlerror(void)
{
	return "a unikernel has no shared libraries";
}
