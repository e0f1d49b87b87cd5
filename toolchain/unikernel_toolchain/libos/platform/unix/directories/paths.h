/* SPDX-License-Identifier: ISC */
/* paths.h: paths below one directory, and nothing outside it.
 *
 * All return 0, a descriptor or a count, or -errno. A path is names with "/" between
 * them; "" is the directory itself. ENOENT: it names what is not there, or what no path
 * may name. ENOTDIR: it goes through something that is no directory. */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol.h"
#include "unix/linux/block_device.h"

/* The directory of a path's last name, opened, and that name. */
struct place {
	int directory;
	char name[DIRECTORY_NAME_MAX + 1];
};

/* Whether a name is one that a key may have. */
bool name_is_allowed(const char *name, size_t length);

/* Opens the directory at a path. */
long directory_open(int root, const char *path, size_t length);

/* Finds the place of a path that is not empty; with `create`, directories on the way are
 * made, and outlive a power cut. Its directory is to be closed. */
long place_find(int root, const char *path, size_t length, bool create,
		struct place *place);

/* What has a name; ENOENT unless it is a file or a directory. */
long place_status(const struct place *place, struct file_status *status);

/* Opens a new file beside a place, which no key names; only this process writes it. */
long place_begin_file(const struct place *place, char temporary[DIRECTORY_NAME_MAX + 1]);

/* Puts that file where the place is, at once and for good. */
long place_commit_file(const struct place *place, int file, const char *temporary);

/* Removes the file or directory at a path with all that is below it; of "", what is
 * below. It is gone for good. */
long path_remove(int root, const char *path, size_t length);

/* An entry of a directory, as getdents64 gives it. */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t kind; /* ENTRY_... */
	char name[];
} __attribute__((packed));

#define ENTRY_UNKNOWN 0
#define ENTRY_DIRECTORY 4
#define ENTRY_FILE 8

#endif
