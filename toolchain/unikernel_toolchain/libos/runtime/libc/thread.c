/* SPDX-License-Identifier: ISC */
/* The one thread's block, laid out as musl 1.2 reads it through FS:
 * src/internal/pthread_impl.h (struct pthread) and src/internal/libc.h. */
#include "libc.h"
#include <string.h>

#define LOCALE_CATEGORIES 6
#define ROOM_ALIGNMENT 64

struct locale {
	const void *category[LOCALE_CATEGORIES];
};

struct thread {
	struct thread *self;
	void *dtv;
	struct thread *prev, *next;
	uintptr_t sysinfo;
	uintptr_t canary; /* %fs:0x28: of what the distribution compiled */
	int tid;
	int errno_value;
	char unused[0xa8 - 0x38];
	const struct locale *locale;
	char rest[0x50];
};

_Static_assert(offsetof(struct thread, canary) == 0x28, "gcc's canary");
_Static_assert(offsetof(struct thread, errno_value) == 0x34, "musl's errno");
_Static_assert(offsetof(struct thread, locale) == 0xa8, "musl's locale");

/* musl takes a category without a map to be the C locale's. */
static const struct locale c_locale;

/* Link script: the initial contents of _Thread_local variables, then (to _etbss) those
 * that begin as zero. _tls_alignment's address is a number. */
extern char _stdata[], _etdata[], _etbss[], _tls_alignment[];

static size_t round_up(size_t n, size_t alignment)
{
	return (n + alignment - 1) & -alignment;
}

/* Holds the block of a program with few thread-local variables, zero from the start. */
static char room[1024] __attribute__((aligned(ROOM_ALIGNMENT)));

static char *room_for(size_t alignment, size_t size)
{
	if (alignment <= ROOM_ALIGNMENT && size <= sizeof room)
		return room;
	char *block = unikernel_alloc_aligned(alignment, size);
	if (!block)
		unikernel_abort("no memory for the thread block");
	return memset(block, 0, size);
}

/* Thread-local variables end where the thread block begins (x86-64 psABI, TLS variant
 * II); the linker counts their addresses back from there. */
static struct thread *new_thread(void)
{
	size_t tls_alignment = (size_t)_tls_alignment ? (size_t)_tls_alignment : 1;
	size_t alignment = tls_alignment > 16 ? tls_alignment : 16;
	size_t tls_size = round_up((size_t)(_etbss - _stdata), tls_alignment);
	size_t head = round_up(tls_size, alignment);
	size_t initialised = (size_t)(_etdata - _stdata);
	char *block = room_for(alignment, head + sizeof(struct thread));

	if (initialised)
		memcpy(block + head - tls_size, _stdata, initialised);
	return (struct thread *)(block + head);
}

extern const uintptr_t __stack_chk_guard;

/* The compiler must not take an answer that the toolchain writes for granted. */
static const volatile bool *const used = &unikernel_thread_block_is_used;

void unikernel_libc_start_thread(void)
{
	if (!*used)
		return;
	struct thread *thread = new_thread();

	thread->canary = __stack_chk_guard;
	thread->self = thread->prev = thread->next = thread;
	thread->tid = 1;
	thread->locale = &c_locale;
	if (unikernel_set_tls_base((uintptr_t)thread) != UNIKERNEL_OK)
		unikernel_abort("the platform refused the thread block");
}

/* Locales other than C do not exist; any name gives it. */
const void *newlocale(int mask, const char *name, const void *base)
{
	(void)mask, (void)name, (void)base;
	return &c_locale;
}

const void *uselocale(const void *locale)
{
	(void)locale;
	return &c_locale;
}

void freelocale(const void *locale)
{
	(void)locale;
}
