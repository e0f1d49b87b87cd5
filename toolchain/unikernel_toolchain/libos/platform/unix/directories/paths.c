/* SPDX-License-Identifier: ISC */
/* Every step of a path is opened by its own name in the directory before, without
 * following links, and no step is "..": so no path leads out, whatever the guest says and
 * whoever makes links meanwhile. That holds on every Linux, as openat2 with
 * RESOLVE_BENEATH would from 5.6 on. At most three descriptors are open at once.
 */
#include "paths.h"
#include "common/memory_functions.h"
#include "unix/linux/files.h"

#define MODE_OF_DIRECTORIES 0777 /* what the umask leaves of it */
#define MODE_OF_FILES 0666
#define TEMPORARY ".unikernel-new-" /* and a digit */
#define TEMPORARY_LENGTH (sizeof TEMPORARY - 1)
#define ENTRIES_SIZE (16u << 10)

bool name_is_allowed(const char *name, size_t length)
{
	if (length == 0 || length > DIRECTORY_NAME_MAX)
		return false;
	if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!name[i] || name[i] == '/')
			return false;
	return length < TEMPORARY_LENGTH || memcmp(name, TEMPORARY, TEMPORARY_LENGTH);
}

static long open_directory(int in, const char *name)
{
	return system_openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

/* The directory itself outlives a power cut when the one that it is in is flushed. */
static long make_directory(int in, const char *name)
{
	long made = system_call_3(SYS_MKDIRAT, (uintptr_t)in, (uintptr_t)name,
				  MODE_OF_DIRECTORIES);
	if (made == -EEXIST)
		return 0;
	return made < 0 ? made : system_fsync(in);
}

/* Goes from `directory`, which it closes, into the one of this name. */
static long step(int directory, const char *name, bool create)
{
	long result = create ? make_directory(directory, name) : 0;
	if (result == 0)
		result = open_directory(directory, name);
	system_close(directory);
	return result;
}

/* Moves the name at the beginning of a path to `name`; false when it is not allowed. */
static bool take_name(const char **path, size_t *length, char *name)
{
	size_t size = 0;
	while (size < *length && (*path)[size] != '/')
		size++;
	if (!name_is_allowed(*path, size))
		return false;
	memcpy(name, *path, size);
	name[size] = 0;
	size_t passed = size < *length ? size + 1 : size;
	*path += passed;
	*length -= passed;
	return true;
}

long place_find(int root, const char *path, size_t length, bool create,
		struct place *place)
{
	long directory = open_directory(root, ".");
	while (directory >= 0) {
		if (!take_name(&path, &length, place->name)) {
			system_close((int)directory);
			return -ENOENT;
		}
		if (length == 0) {
			place->directory = (int)directory;
			return 0;
		}
		directory = step((int)directory, place->name, create);
	}
	return directory;
}

long directory_open(int root, const char *path, size_t length)
{
	if (length == 0)
		return open_directory(root, ".");
	struct place place;
	long result = place_find(root, path, length, false, &place);
	return result < 0 ? result : step(place.directory, place.name, false);
}

long place_status(const struct place *place, struct file_status *status)
{
	long result = system_fstatat(place->directory, place->name, status);
	if (result < 0)
		return result;
	uint32_t kind = status->mode & S_IFMT;
	return kind == S_IFREG || kind == S_IFDIR ? 0 : -ENOENT;
}

/* Whether the file under this name is the one that is open: another server may have put
 * it in its place before we had the lock. */
static bool is_same(const struct place *place, const char *name, int file)
{
	struct file_status named, open;
	return system_fstatat(place->directory, name, &named) == 0 &&
	       system_call_3(SYS_FSTAT, (uintptr_t)file, (uintptr_t)&open, 0) == 0 &&
	       named.inode == open.inode && named.device == open.device;
}

/* One that a power cut has left is taken again, and a lock tells it from one in use. */
long place_begin_file(const struct place *place, char temporary[DIRECTORY_NAME_MAX + 1])
{
	memcpy(temporary, TEMPORARY "0", TEMPORARY_LENGTH + 2);
	for (; temporary[TEMPORARY_LENGTH] <= '9'; temporary[TEMPORARY_LENGTH]++) {
		long file = system_openat(place->directory, temporary,
					  O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
					  MODE_OF_FILES);
		if (file < 0)
			return file;
		if (system_call_3(SYS_FLOCK, (uintptr_t)file, LOCK_EX_NB, 0) == 0 &&
		    is_same(place, temporary, (int)file)) {
			long cut = system_call_3(SYS_FTRUNCATE, (uintptr_t)file, 0, 0);
			if (cut == 0)
				return file;
		}
		system_close((int)file);
	}
	return -EBUSY;
}

long place_commit_file(const struct place *place, int file, const char *temporary)
{
	struct file_status status;
	long result = system_fsync(file);
	if (result < 0)
		return result;
	/* what is neither file nor directory is not replaced: nobody sees it there */
	result = system_fstatat(place->directory, place->name, &status);
	if (result == 0 && (status.mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if (result == 0 && (status.mode & S_IFMT) != S_IFREG)
		return -EEXIST;
	result = system_call(SYS_RENAMEAT, (uintptr_t)place->directory,
			     (uintptr_t)temporary, (uintptr_t)place->directory,
			     (uintptr_t)place->name, 0, 0);
	return result < 0 ? result : system_fsync(place->directory);
}

/* ---- Removing */

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Unlinks files until there is a directory, whose name is put into `found`. 1: there is
 * one; 0: nothing is left. Links are removed and not followed. */
static long unlink_files(int directory, char found[DIRECTORY_NAME_MAX + 1])
{
	static char entries[ENTRIES_SIZE] __attribute__((aligned(8)));
	long size, result;
	while ((size = system_call_3(SYS_GETDENTS64, (uintptr_t)directory,
				     (uintptr_t)entries, sizeof entries)) > 0) {
		for (long at = 0; at < size;) {
			struct directory_entry *entry =
				(struct directory_entry *)(entries + at);
			at += entry->length;
			if (is_dots(entry->name))
				continue;
			result = system_unlinkat(directory, entry->name, 0);
			if (result == -EISDIR) {
				memcpy(found, entry->name, text_length(entry->name) + 1);
				return 1;
			}
			if (result < 0)
				return result;
		}
	}
	return size;
}

static long remove_directory(int root, const char *path, size_t length)
{
	struct place place;
	long result = place_find(root, path, length, false, &place);
	if (result < 0)
		return result;
	result = system_unlinkat(place.directory, place.name, AT_REMOVEDIR);
	if (result == 0)
		result = system_fsync(place.directory);
	system_close(place.directory);
	return result;
}

static size_t parent_length(const char *path, size_t length)
{
	while (length && path[length - 1] != '/')
		length--;
	return length ? length - 1 : 0;
}

/* Walks with one path instead of a descriptor a level: trees may be deep. */
static long empty_tree(int root, const char *path, size_t length)
{
	static char current[DIRECTORY_PATH_MAX + DIRECTORY_NAME_MAX + 2];
	size_t at = length;
	char name[DIRECTORY_NAME_MAX + 1];
	memcpy(current, path, length);
	for (;;) {
		long directory = directory_open(root, current, at);
		if (directory < 0)
			return directory;
		long result = unlink_files((int)directory, name);
		if (result == 0)
			result = system_fsync((int)directory);
		system_close((int)directory);
		if (result < 0)
			return result;
		if (result == 1) {
			size_t size = text_length(name);
			if (at + 1 + size > DIRECTORY_PATH_MAX)
				return -ENAMETOOLONG;
			if (at)
				current[at++] = '/';
			memcpy(current + at, name, size);
			at += size;
		} else if (at == length) {
			return 0;
		} else {
			result = remove_directory(root, current, at);
			if (result < 0)
				return result;
			at = parent_length(current, at);
		}
	}
}

long path_remove(int root, const char *path, size_t length)
{
	if (length == 0)
		return empty_tree(root, path, 0);
	struct place place;
	struct file_status status;
	long result = place_find(root, path, length, false, &place);
	if (result < 0)
		return result;
	result = place_status(&place, &status);
	bool is_file = result == 0 && (status.mode & S_IFMT) == S_IFREG;
	if (is_file)
		result = system_unlinkat(place.directory, place.name, 0);
	if (is_file && result == 0)
		result = system_fsync(place.directory);
	system_close(place.directory);
	if (is_file || result < 0)
		return result;
	result = empty_tree(root, path, length);
	return result < 0 ? result : remove_directory(root, path, length);
}
