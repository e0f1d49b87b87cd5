/* Files put and read, and waited for. */
#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, LOOK_EVERY_MS = 2 };

bool write_all(int descriptor, const void *data, size_t length)
{
	const char *next = data;
	while (length) {
		ssize_t written = write(descriptor, next, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		next += written;
		length -= (size_t)written;
	}
	return true;
}

int failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static bool copy(int from, int to)
{
	static char chunk[CHUNK];
	ssize_t got;
	while ((got = read(from, chunk, sizeof chunk)) > 0)
		if (!write_all(to, chunk, (size_t)got))
			return false;
	return !got;
}

int tool_put(char **words)
{
	const char *path = words[0];
	mode_t mode = (mode_t)strtoul(words[1], NULL, 8);
	char *draft;
	if (asprintf(&draft, "%s.%d", path, getpid()) < 0)
		return failed(path);
	int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return failed(path);
	/* Renamed when it is whole, so that nobody reads half a file. */
	if (!copy(STDIN_FILENO, file) || fchmod(file, mode) || rename(draft, path)) {
		int status = failed(path);
		unlink(draft);
		return status;
	}
	return 0;
}

int tool_get(char **words)
{
	const char *path = words[0];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || !copy(file, STDOUT_FILENO))
		return failed(path);
	return 0;
}

bool await_file(const char *pattern, long limit_ms, char *name, size_t size)
{
	glob_t found;
	for (; limit_ms > 0; limit_ms -= LOOK_EVERY_MS) {
		if (!glob(pattern, 0, NULL, &found)) {
			snprintf(name, size, "%s", found.gl_pathv[0]);
			globfree(&found);
			return true;
		}
		poll(NULL, 0, LOOK_EVERY_MS);
	}
	errno = ETIMEDOUT;
	return false;
}

int tool_await(char **words)
{
	char name[PATH_MAX];
	if (!await_file(words[0], strtol(words[1], NULL, 10), name, sizeof name))
		return failed(words[0]);
	puts(name);
	return 0;
}
