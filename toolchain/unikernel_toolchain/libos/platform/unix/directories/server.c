/* SPDX-License-Identifier: ISC */
/* One request after the other, with what memory and descriptors the program has from the
 * beginning: a guest can ask for nothing that would make it keep more. What a guest may
 * not say ends the server, and with it only that guest's directory.
 */
#include "server.h"
#include "common/memory_functions.h"
#include "paths.h"
#include "unikernel.h"
#include "unix/linux/files.h"
#include "unix/sandbox/filter.h"

#define DESCRIPTORS_MOST 16

static char buffer[DIRECTORY_PIECE_MAX] __attribute__((aligned(8)));
static int peer;

/* ---- The connection */

static void receive(void *bytes, size_t size)
{
	while (size) {
		long got = system_read(peer, bytes, size);
		if (got == -EINTR)
			continue;
		if (got <= 0)
			system_exit(0);
		bytes = (char *)bytes + got;
		size -= (size_t)got;
	}
}

static void send(const void *bytes, size_t size)
{
	while (size) {
		long put = system_write(peer, bytes, size);
		if (put == -EINTR)
			continue;
		if (put <= 0)
			system_exit(0);
		bytes = (const char *)bytes + put;
		size -= (size_t)put;
	}
}

static void send_piece(const void *bytes, uint32_t size)
{
	send(&size, sizeof size);
	send(bytes, size);
}

static void send_end(long error, const struct file_status *status)
{
	uint32_t none = 0;
	struct unikernel_directory_answer answer = {
		.error = (int32_t)(error ? -error : 0)};
	if (!error && status) {
		bool is_file = (status->mode & S_IFMT) == S_IFREG;
		answer.kind = is_file ? UNIKERNEL_DIRECTORY_FILE
				      : UNIKERNEL_DIRECTORY_DIRECTORY;
		answer.size = is_file ? (uint64_t)status->size : 0;
		answer.modified_seconds = (int64_t)status->times[2];
		answer.modified_nanoseconds = (uint32_t)status->times[3];
	}
	send(&none, sizeof none);
	send(&answer, sizeof answer);
}

/* ---- Operations: 0 or -errno */

static long look_at(int root, const char *path, size_t length, struct file_status *status)
{
	if (length == 0)
		return system_call_3(SYS_FSTAT, (uintptr_t)root, (uintptr_t)status, 0);
	struct place place;
	long result = place_find(root, path, length, false, &place);
	if (result < 0)
		return result;
	result = place_status(&place, status);
	system_close(place.directory);
	return result;
}

/* A pipe or a device that takes the file's place meanwhile is not waited for. */
static long open_file(int root, const char *path, size_t length,
		      struct file_status *status)
{
	struct place place;
	if (length == 0)
		return -EISDIR;
	long result = place_find(root, path, length, false, &place);
	if (result < 0)
		return result;
	result = place_status(&place, status);
	if (result == 0 && (status->mode & S_IFMT) == S_IFDIR)
		result = -EISDIR;
	if (result == 0)
		result = system_openat(place.directory, place.name,
				       O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	system_close(place.directory);
	return result;
}

static long read_file(int root, const char *path, size_t length,
		      struct file_status *status)
{
	long file = open_file(root, path, length, status), got;
	if (file < 0)
		return file;
	while ((got = system_read((int)file, buffer, sizeof buffer)) > 0)
		send_piece(buffer, (uint32_t)got);
	system_close((int)file);
	return got;
}

static void send_entry(int directory, const struct directory_entry *entry)
{
	struct file_status status;
	size_t size = text_length(entry->name);
	uint8_t kind = entry->kind;
	if (!name_is_allowed(entry->name, size))
		return;
	if (kind == ENTRY_UNKNOWN && system_fstatat(directory, entry->name, &status) == 0)
		kind = (status.mode & S_IFMT) == S_IFREG   ? ENTRY_FILE
		       : (status.mode & S_IFMT) == S_IFDIR ? ENTRY_DIRECTORY
							   : ENTRY_UNKNOWN;
	if (kind != ENTRY_FILE && kind != ENTRY_DIRECTORY)
		return;
	char piece[2 + DIRECTORY_NAME_MAX];
	piece[0] = kind == ENTRY_FILE ? UNIKERNEL_DIRECTORY_FILE
				      : UNIKERNEL_DIRECTORY_DIRECTORY;
	piece[1] = (char)size;
	memcpy(piece + 2, entry->name, size);
	send_piece(piece, (uint32_t)(2 + size));
}

static long list(int root, const char *path, size_t length)
{
	long directory = directory_open(root, path, length), size;
	if (directory < 0)
		return directory;
	while ((size = system_call_3(SYS_GETDENTS64, (uintptr_t)directory,
				     (uintptr_t)buffer, sizeof buffer)) > 0)
		for (long at = 0; at < size;) {
			const struct directory_entry *entry =
				(const struct directory_entry *)(buffer + at);
			send_entry((int)directory, entry);
			at += entry->length;
		}
	system_close((int)directory);
	return size;
}

/* Takes the whole value from the guest, whatever comes of it. */
static long receive_value(int file, uint64_t size)
{
	long result = 0;
	while (size) {
		size_t part = size < sizeof buffer ? (size_t)size : sizeof buffer;
		receive(buffer, part);
		size -= part;
		for (size_t at = 0; file >= 0 && result == 0 && at < part;) {
			long put = system_write(file, buffer + at, part - at);
			if (put < 0)
				result = put;
			else
				at += (size_t)put;
		}
	}
	return result;
}

static long write_file(int root, const char *path, size_t length, uint64_t size)
{
	struct place place;
	char temporary[DIRECTORY_NAME_MAX + 1];
	long file = length ? place_find(root, path, length, true, &place) : -EISDIR;
	if (file < 0) {
		receive_value(-1, size);
		return file;
	}
	file = place_begin_file(&place, temporary);
	long result = receive_value((int)file, size);
	if (file < 0)
		result = file;
	if (result == 0)
		result = place_commit_file(&place, (int)file, temporary);
	if (result < 0 && file >= 0)
		system_unlinkat(place.directory, temporary, 0);
	if (file >= 0)
		system_close((int)file);
	system_close(place.directory);
	return result;
}

static void answer_one(int root, bool read_only)
{
	static char path[DIRECTORY_PATH_MAX];
	struct directory_request request;
	struct file_status status = {.mode = 0};
	long result = -EINVAL;
	receive(&request, sizeof request);
	if (request.path_length > sizeof path)
		system_exit(1);
	receive(path, request.path_length);
	size_t length = request.path_length;
	bool is_write = request.operation == UNIKERNEL_DIRECTORY_WRITE;
	if (!is_write || read_only)
		receive_value(-1, request.size);
	if (is_write)
		result =
			read_only ? -EROFS : write_file(root, path, length, request.size);
	else if (request.operation == UNIKERNEL_DIRECTORY_REMOVE)
		result = read_only ? -EROFS : path_remove(root, path, length);
	else if (request.operation == UNIKERNEL_DIRECTORY_READ)
		result = read_file(root, path, length, &status);
	else if (request.operation == UNIKERNEL_DIRECTORY_LIST)
		result = list(root, path, length);
	else if (request.operation == UNIKERNEL_DIRECTORY_STATUS)
		result = look_at(root, path, length, &status);
	send_end(result, status.mode ? &status : NULL);
}

/* ---- Locked in: what these operations need, and nothing that makes a process. */

static const struct instruction filter[] = {
	ONLY_64_BIT,
	ALLOWED(SYS_READ),
	ALLOWED(SYS_WRITE),
	ALLOWED(SYS_OPENAT),
	ALLOWED(SYS_CLOSE),
	ALLOWED(SYS_FSTAT),
	ALLOWED(SYS_NEWFSTATAT),
	ALLOWED(SYS_GETDENTS64),
	ALLOWED(SYS_MKDIRAT),
	ALLOWED(SYS_UNLINKAT),
	ALLOWED(SYS_RENAMEAT),
	ALLOWED(SYS_FLOCK),
	ALLOWED(SYS_FSYNC),
	ALLOWED(SYS_FTRUNCATE),
	ALLOWED(SYS_RT_SIGRETURN),
	ALLOWED(SYS_EXIT_GROUP),
	RETURN(KILL),
};

void server_run(int socket, int root, bool read_only)
{
	peer = socket;
	resource_limit(RLIMIT_CORE, 0);
	resource_limit(RLIMIT_NPROC, 0);
	resource_limit(RLIMIT_NOFILE, DESCRIPTORS_MOST);
	filter_install(filter, sizeof filter / sizeof *filter);
	for (;;)
		answer_one(root, read_only);
}
