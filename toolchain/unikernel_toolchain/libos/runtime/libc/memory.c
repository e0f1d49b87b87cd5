/* SPDX-License-Identifier: ISC */
/* malloc and its kin over the platform's heap, with its canaries. None calls another by
 * its name: a program may have its own of some of them. */
#include "libc.h"
#include <stdlib.h>
#include <string.h>

static void *or_enomem(void *block)
{
	if (!block)
		errno = ENOMEM;
	return block;
}

void *malloc(size_t size)
{
	return or_enomem(unikernel_alloc(size));
}

void free(void *block)
{
	unikernel_free(block);
}

void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return or_enomem(NULL);
	void *block = or_enomem(unikernel_alloc(bytes));
	return block ? memset(block, 0, bytes) : NULL;
}

void *realloc(void *block, size_t size)
{
	return or_enomem(unikernel_realloc(block, size));
}

size_t malloc_usable_size(void *block)
{
	return unikernel_alloc_size(block);
}

static bool is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

static void *allocate_aligned(size_t alignment, size_t size)
{
	if (!is_power_of_two(alignment)) {
		errno = EINVAL;
		return NULL;
	}
	return or_enomem(unikernel_alloc_aligned(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return allocate_aligned(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
	return allocate_aligned(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	if (!is_power_of_two(alignment) || alignment < sizeof(void *))
		return EINVAL;
	void *block = unikernel_alloc_aligned(alignment, size);
	if (!block)
		return ENOMEM;
	*result = block;
	return 0;
}

/* musl's own name for calls that an application's malloc must not see; here
 * there is one heap. */
void *__libc_malloc(size_t) __attribute__((alias("malloc")));
void *__libc_calloc(size_t, size_t) __attribute__((alias("calloc")));
void __libc_free(void *) __attribute__((alias("free")));
