/* SPDX-License-Identifier: ISC */
/* The one thread's block, laid out as musl 1.2 reads it through FS:
 * src/internal/pthread_impl.h (struct pthread) and src/internal/libc.h. */
#include "libc.h"

#define LOCALE_CATEGORIES 6

struct locale {
	const void *category[LOCALE_CATEGORIES];
};

struct thread {
	struct thread *self;
	void *dtv;
	struct thread *prev, *next;
	uintptr_t sysinfo;
	uintptr_t canary; /* %fs:0x28, filled in by uk_set_tls_base */
	int tid;
	int errno_value;
	char unused[0xa8 - 0x38];
	const struct locale *locale;
	char rest[0x50];
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct thread, canary) == 0x28, "gcc's canary");
_Static_assert(offsetof(struct thread, errno_value) == 0x34, "musl's errno");
_Static_assert(offsetof(struct thread, locale) == 0xa8, "musl's locale");

/* musl takes a category without a map to be the C locale's. */
static const struct locale c_locale;

static struct thread main_thread = {
	.self = &main_thread,
	.prev = &main_thread,
	.next = &main_thread,
	.tid = 1,
	.locale = &c_locale,
};

/* The caller's frame keeps the canary from before, the callee's is the same
 * value: the platform writes the guest's one canary at base+0x28. */
void uk_libc_start_thread(void)
{
	if (uk_set_tls_base((uintptr_t)&main_thread) != UK_OK)
		uk_abort("the thread block was refused by the platform");
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
