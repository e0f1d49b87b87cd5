/* SPDX-License-Identifier: ISC */
/* xenstore.h: the tree of small texts that domains tell each other things by
 * (xen: docs/misc/xenstore.txt; xen/include/public/io/xs_wire.h).
 *
 * One request at a time; each waits for its answer, XENSTORE_LIMIT_NS at most, with
 * interrupts off. A path that does not begin with "/" is below /local/domain/<own id>.
 * Answers are another domain's words: never trusted to be numbers, short, or there at
 * all. Nothing here may be called from an interrupt, nor from a watch's `changed`.
 *
 * The first call readies the ring; a guest that asks nothing does not pay.
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XENSTORE_LIMIT_NS 5000000000u
#define XENSTORE_MESSAGE_MAX 4096u /* bytes of one message: path and value */
#define XENSTORE_PATH_MAX 3072u	   /* of an absolute path; a relative one: 2048 */

enum xenstore_result {
	XENSTORE_OK,
	XENSTORE_MISSING,   /* there is no such path (ENOENT) */
	XENSTORE_DENIED,    /* not allowed (EACCES, EPERM, EROFS) */
	XENSTORE_AGAIN,	    /* a transaction met another's changes: begin anew (EAGAIN) */
	XENSTORE_TOO_LARGE, /* longer than a message or the buffer (or E2BIG, ENOSPC) */
	XENSTORE_REFUSED,   /* any other error that the store answered with */
	XENSTORE_GONE, /* no answer in time, or one that is none: from now on for good */
};

/* Short words for a result, for reports: "no such path", "no answer" ... */
const char *xenstore_result_text(enum xenstore_result result);

/* A transaction; 0 is none. */
typedef uint32_t xenstore_transaction_t;
#define XENSTORE_NO_TRANSACTION 0u

/* Reads a value into `buffer`, NUL-terminated (the NUL is not in `*length`, which may be
 * NULL). XENSTORE_TOO_LARGE: more than capacity - 1 bytes; nothing is stored then. Values
 * may hold any bytes. */
enum xenstore_result xenstore_read(xenstore_transaction_t transaction, const char *path,
				   char *buffer, size_t capacity, size_t *length);

/* Reads `path`/`key` as a decimal number from 0 to `most`: digits only, 20 at most; all
 * else is XENSTORE_REFUSED. `*value` keeps what it was unless XENSTORE_OK is returned. */
enum xenstore_result xenstore_read_number(const char *path, const char *key,
					  uint64_t *value, uint64_t most);

enum xenstore_result xenstore_write(xenstore_transaction_t transaction, const char *path,
				    const char *value, size_t length);

/* Writes `path`/`key` as text, and as a decimal number. */
enum xenstore_result xenstore_write_text(xenstore_transaction_t transaction,
					 const char *path, const char *key,
					 const char *value);
enum xenstore_result xenstore_write_number(xenstore_transaction_t transaction,
					   const char *path, const char *key,
					   uint64_t value);

enum xenstore_result xenstore_make_directory(xenstore_transaction_t transaction,
					     const char *path);
enum xenstore_result xenstore_remove(xenstore_transaction_t transaction,
				     const char *path);

/* Names below a path, each with its NUL, one after the other. A directory that is larger
 * than a message is read in parts (XS_DIRECTORY_PART), as far as `capacity` goes. */
enum xenstore_result xenstore_directory(xenstore_transaction_t transaction,
					const char *path, char *buffer, size_t capacity,
					size_t *length);

/* The permissions of a path as the store writes them: "n0", "r5", each with its NUL. */
enum xenstore_result xenstore_get_permissions(xenstore_transaction_t transaction,
					      const char *path, char *buffer,
					      size_t capacity, size_t *length);
enum xenstore_result xenstore_set_permissions(xenstore_transaction_t transaction,
					      const char *path, const char *permissions,
					      size_t length);

/* Begins a transaction, and ends it: with `commit` all at once, or not at all and
 * XENSTORE_AGAIN when somebody changed what it read. It is over either way. */
enum xenstore_result xenstore_begin(xenstore_transaction_t *transaction);
enum xenstore_result xenstore_end(xenstore_transaction_t transaction, bool commit);

/* A watch: told of changes at its path and below, and once when it is set. The structure
 * is the caller's and stays while it is set; `path` too. */
struct xenstore_watch {
	const char *path;
	/* NULL, or called for each event with the path that changed, at a time when the
	 * store is read (in any function of this file, and in unikernel_wait; not in an
	 * interrupt): it notes, and asks the store nothing. */
	void (*changed)(struct xenstore_watch *watch, const char *path);
	bool fired; /* set at each event; the caller clears it before it looks */
	uint32_t token;
	struct xenstore_watch *next;
};

/* Sets a watch. It is set again by itself after a resume in another place, and fires. */
enum xenstore_result xenstore_watch(struct xenstore_watch *watch);

/* Ends it: `watch` may be reused at once. */
void xenstore_unwatch(struct xenstore_watch *watch);

/* Takes in events that came; unikernel_wait does at every turn. Never waits. */
void xenstore_poll(void);

/* Takes in events until `watch` has fired, at most until the running time `until_ns`
 * (pvh/time.h); false when it has not. */
bool xenstore_wait(struct xenstore_watch *watch, uint64_t until_ns);

#endif
