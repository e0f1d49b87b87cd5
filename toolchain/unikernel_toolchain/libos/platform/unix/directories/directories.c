/* SPDX-License-Identifier: ISC */
/* The guest's sandbox opens no files: what opens them for it is a process that is forked
 * off before the sandbox closes, and holds one end of a pair of sockets. The image needs
 * nobody for that, so it serves directories also when it is started by hand. The server
 * ends when the guest's end is closed, and by PR_SET_PDEATHSIG at the latest.
 */
#include "directories.h"
#include "common/boot_variable.h"
#include "common/device_names.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "protocol.h"
#include "server.h"
#include "unix/cmdline.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/files.h"
#include "unikernel.h"

#define NAME_SIZE sizeof "UNIKERNEL_KV_0"
#define DESCRIPTOR_MAX 0x7fffffff
#define AF_UNIX 1
#define SOCK_STREAM 1
#define PR_SET_PDEATHSIG 1
#define SIGKILL 9
#define SIGHUP 1
#define SIGINT 2
#define SIG_IGN 1

static int sockets[DIRECTORIES_MAX]; /* 0: the directory is not there */
static bool taken[DIRECTORIES_MAX];

static bool take_word(const char **text, const char *word)
{
	const char *at = *text;
	for (; *word; word++, at++)
		if (*at != *word)
			return false;
	*text = at;
	return true;
}

static int read_variable(const char *variable, const char *text, bool *read_only)
{
	uint64_t number = 0;
	if (!take_word(&text, "dir:") ||
	    !cmdline_take_number(&text, DESCRIPTOR_MAX, &number))
		cmdline_refuse("%s is not dir:FD or dir:FD,ro", variable);
	*read_only = take_word(&text, ",ro");
	if (*text && *text != ' ')
		cmdline_refuse("%s is not dir:FD or dir:FD,ro", variable);
	struct file_status status;
	if (system_call_3(SYS_FSTAT, (uintptr_t)number, (uintptr_t)&status, 0) < 0 ||
	    (status.mode & S_IFMT) != S_IFDIR)
		cmdline_refuse("%s: descriptor %u is no directory that is open", variable,
			       number);
	return (int)number;
}

/* Ctrl-C at a terminal is the guest's to answer; the server ends with it. */
static void ignore(int signal)
{
	uint64_t action[4] = {SIG_IGN, 0, 0, 0};
	system_call(SYS_RT_SIGACTION, (uintptr_t)signal, (uintptr_t)action, 0,
		    sizeof action[3], 0, 0);
}

/* In the new process. The console is closed: who reads it waits for the guest's end. */
static __attribute__((noreturn)) void serve(int socket, int root, bool read_only,
					    long guest)
{
	enum { SOCKET = 3, ROOT = 4, F_DUPFD = 0, AWAY = 40 };
	system_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);
	if (system_call_3(SYS_GETPPID, 0, 0, 0) != guest)
		system_exit(0);
	ignore(SIGINT);
	ignore(SIGHUP);
	long high_socket = system_fcntl(socket, F_DUPFD, AWAY);
	long high_root = system_fcntl(root, F_DUPFD, AWAY);
	if (high_socket < 0 || high_root < 0)
		system_exit(1);
	for (int i = 0; i < AWAY; i++)
		system_close(i);
	long low_socket = system_fcntl((int)high_socket, F_DUPFD, 0);
	long low_root = system_fcntl((int)high_root, F_DUPFD, 0);
	system_call_3(SYS_CLOSE_RANGE, 2, ~0u, 0);
	for (int i = 2; i < 1024; i++)
		system_close(i);
	server_run((int)low_socket, (int)low_root, read_only);
}

static int start_server(const char *variable, int root, bool read_only)
{
	int pair[2];
	long guest = system_call_3(SYS_GETPID, 0, 0, 0);
	if (system_call(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (uintptr_t)pair, 0, 0) <
	    0)
		cmdline_refuse("%s: the system gave no pair of sockets", variable);
	long child = system_call_3(SYS_FORK, 0, 0, 0);
	if (child < 0)
		cmdline_refuse("%s: the system let no file server be started", variable);
	if (child == 0)
		serve(pair[1], root, read_only, guest);
	system_close(pair[1]);
	return descriptor_above_standard(pair[0]);
}

/* A later server does not get the sockets of earlier ones: it closes all it has. */
void directories_init(void)
{
	bool any = false;
	for (unsigned i = 0; i < DIRECTORIES_MAX; i++) {
		char variable[NAME_SIZE];
		bool read_only;
		format(variable, sizeof variable, "UNIKERNEL_KV_%u", (uint64_t)i);
		const char *text = boot_variable(cmdline, variable);
		if (!text)
			continue;
		int root = read_variable(variable, text, &read_only);
		sockets[i] = start_server(variable, root, read_only);
		descriptors_keep(sockets[i]);
		any = true;
	}
	if (any)
		resource_limit(RLIMIT_NPROC, 0);
}

/* ---- What a guest asks */

unikernel_result_t unikernel_directory_acquire(const char *name, unsigned *handle)
{
	unsigned index = device_position("UNIKERNEL_KV", name, taken, DIRECTORIES_MAX);
	if (index == NOT_IN_LIST)
		return UNIKERNEL_EINVAL;
	if (index >= DIRECTORIES_MAX || !sockets[index])
		return UNIKERNEL_EUNSPEC;
	taken[index] = true;
	*handle = index;
	return UNIKERNEL_OK;
}

static bool put(int socket, const void *bytes, size_t size)
{
	while (size) {
		long done = system_write(socket, bytes, size);
		if (done == -EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes = (const char *)bytes + done;
		size -= (size_t)done;
	}
	return true;
}

static bool get(int socket, void *bytes, size_t size)
{
	while (size) {
		long done = system_read(socket, bytes, size);
		if (done == -EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes = (char *)bytes + done;
		size -= (size_t)done;
	}
	return true;
}

/* Puts a piece behind those before; without memory for it, it is read past. */
static bool get_piece(int socket, struct unikernel_directory_answer *answer,
		      uint32_t size, bool *short_of_memory)
{
	static char passed[4096];
	size_t needed = answer->length + size;
	if (!*short_of_memory && needed > answer->capacity) {
		size_t capacity = needed + needed / 2;
		char *more = unikernel_realloc(answer->bytes, capacity);
		*short_of_memory = !more;
		answer->bytes = more ? more : answer->bytes;
		answer->capacity = more ? capacity : answer->capacity;
	}
	if (!*short_of_memory) {
		answer->length = needed;
		return get(socket, answer->bytes + needed - size, size);
	}
	while (size) {
		uint32_t part = size < sizeof passed ? size : sizeof passed;
		if (!get(socket, passed, part))
			return false;
		size -= part;
	}
	return true;
}

static bool get_answer(int socket, struct unikernel_directory_answer *answer)
{
	struct unikernel_directory_answer end;
	bool short_of_memory = false;
	uint32_t size;
	for (;;) {
		if (!get(socket, &size, sizeof size))
			return false;
		if (!size)
			break;
		if (!get_piece(socket, answer, size, &short_of_memory))
			return false;
	}
	if (!get(socket, &end, sizeof end))
		return false;
	end.bytes = answer->bytes;
	end.length = answer->length;
	end.capacity = answer->capacity;
	*answer = end;
	if (short_of_memory)
		answer->error = ENOMEM;
	return true;
}

unikernel_result_t unikernel_directory_ask(unsigned handle,
					   enum unikernel_directory_operation operation,
					   const char *path, size_t path_length,
					   const void *value, size_t size,
					   struct unikernel_directory_answer *answer)
{
	*answer = (struct unikernel_directory_answer){.error = ENAMETOOLONG};
	if (path_length > DIRECTORY_PATH_MAX)
		return UNIKERNEL_OK;
	struct directory_request request = {operation, (uint32_t)path_length, size};
	int socket = sockets[handle];
	bool done = put(socket, &request, sizeof request) &&
		    put(socket, path, path_length) && put(socket, value, size) &&
		    get_answer(socket, answer);
	return done ? UNIKERNEL_OK : UNIKERNEL_EUNSPEC;
}
