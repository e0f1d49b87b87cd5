/* SPDX-License-Identifier: ISC */
/* Xenstore as unikernel_xen.h offers it. Watches are the guest's words and stay here, so
 * that the store never sees memory that a program may give back. */
#include "common/memory_functions.h"
#include "door_wait.h"
#include "unikernel.h"
#include "unikernel_xen.h"
#include "xen/xen_domain.h"
#include "xen/xenstore.h"

_Static_assert((int)UNIKERNEL_XENSTORE_OK == (int)XENSTORE_OK &&
		       (int)UNIKERNEL_XENSTORE_MISSING == (int)XENSTORE_MISSING &&
		       (int)UNIKERNEL_XENSTORE_DENIED == (int)XENSTORE_DENIED &&
		       (int)UNIKERNEL_XENSTORE_AGAIN == (int)XENSTORE_AGAIN &&
		       (int)UNIKERNEL_XENSTORE_TOO_LARGE == (int)XENSTORE_TOO_LARGE &&
		       (int)UNIKERNEL_XENSTORE_REFUSED == (int)XENSTORE_REFUSED &&
		       (int)UNIKERNEL_XENSTORE_GONE == (int)XENSTORE_GONE,
	       "the same results in the same order");

struct watch {
	struct xenstore_watch watch;
	char path[];
};

static struct watch *watches[UNIKERNEL_XENSTORE_WATCHES_MAX];

uint16_t unikernel_xen_domain(void)
{
	return xen_domain_id();
}

static enum xenstore_result ask(enum unikernel_xenstore_operation operation,
				uint32_t transaction, const char *path, const void *value,
				size_t size, void *answer, size_t capacity,
				size_t *length)
{
	switch (operation) {
	case UNIKERNEL_XENSTORE_READ:
		return xenstore_read(transaction, path, answer, capacity, length);
	case UNIKERNEL_XENSTORE_LIST:
		return xenstore_directory(transaction, path, answer, capacity, length);
	case UNIKERNEL_XENSTORE_WRITE:
		return xenstore_write(transaction, path, value, size);
	case UNIKERNEL_XENSTORE_MAKE:
		return xenstore_make_directory(transaction, path);
	case UNIKERNEL_XENSTORE_REMOVE:
		return xenstore_remove(transaction, path);
	case UNIKERNEL_XENSTORE_GET_PERMISSIONS:
		return xenstore_get_permissions(transaction, path, answer, capacity,
						length);
	case UNIKERNEL_XENSTORE_SET_PERMISSIONS:
		return xenstore_set_permissions(transaction, path, value, size);
	}
	return XENSTORE_REFUSED;
}

enum unikernel_xenstore_result
unikernel_xenstore_ask(enum unikernel_xenstore_operation operation, uint32_t transaction,
		       const char *path, const void *value, size_t size, void *answer,
		       size_t capacity, size_t *length)
{
	*length = 0;
	return (enum unikernel_xenstore_result)ask(operation, transaction, path, value,
						   size, answer, capacity, length);
}

enum unikernel_xenstore_result unikernel_xenstore_begin(uint32_t *transaction)
{
	return (enum unikernel_xenstore_result)xenstore_begin(transaction);
}

enum unikernel_xenstore_result unikernel_xenstore_end(uint32_t transaction, bool commit)
{
	return (enum unikernel_xenstore_result)xenstore_end(transaction, commit);
}

/* --- Watches */
/* The store's own port wakes the guest. */
static struct wait_source source;

static unikernel_ready_t ready(const struct wait_source *unused)
{
	(void)unused;
	for (unsigned i = 0; i < UNIKERNEL_XENSTORE_WATCHES_MAX; i++)
		if (watches[i] && watches[i]->watch.fired)
			return (unikernel_ready_t)1 << UNIKERNEL_XENSTORE_HANDLE;
	return 0;
}

static unsigned free_slot(void)
{
	unsigned slot = 0;
	while (slot < UNIKERNEL_XENSTORE_WATCHES_MAX && watches[slot])
		slot++;
	return slot;
}

enum unikernel_xenstore_result unikernel_xenstore_watch(const char *path, unsigned *watch)
{
	unsigned slot = free_slot();
	size_t size = text_length(path) + 1;
	struct watch *w =
		slot < UNIKERNEL_XENSTORE_WATCHES_MAX && size <= XENSTORE_PATH_MAX
			? unikernel_alloc(sizeof(*w) + size)
			: NULL;

	if (!w)
		return UNIKERNEL_XENSTORE_TOO_LARGE;
	memset(w, 0, sizeof(*w));
	memcpy(w->path, path, size);
	w->watch.path = w->path;
	enum xenstore_result r = xenstore_watch(&w->watch);
	if (r == XENSTORE_OK) {
		watches[slot] = w;
		*watch = slot;
		door_wait(&source, ready);
	} else {
		unikernel_free(w);
	}
	return (enum unikernel_xenstore_result)r;
}

void unikernel_xenstore_unwatch(unsigned watch)
{
	if (watch >= UNIKERNEL_XENSTORE_WATCHES_MAX || !watches[watch])
		return;
	xenstore_unwatch(&watches[watch]->watch);
	unikernel_free(watches[watch]);
	watches[watch] = NULL;
}

bool unikernel_xenstore_fired(unsigned watch)
{
	if (watch >= UNIKERNEL_XENSTORE_WATCHES_MAX || !watches[watch])
		return false;
	xenstore_poll();
	bool fired = watches[watch]->watch.fired;
	watches[watch]->watch.fired = false;
	return fired;
}
