/* SPDX-License-Identifier: ISC */
/* Thread-local storage as a Solo5 application sets it up: a control block of two words,
 * at any address that words can have. Nothing behind it is touched. */
#include "solo5.h"

struct block {
	volatile uint64_t variables;
	void *self, *unused;
	volatile uint64_t behind[8];
};

static __thread volatile uint32_t low, high; /* the eight bytes below the base */

static struct {
	uint64_t odd;
	struct block block;
} room __attribute__((aligned(16)));

static void say(const char *text, size_t length)
{
	solo5_console_write(text, length);
}

__attribute__((noinline)) static void use_a_buffer(void)
{
	volatile char buffer[64];
	for (unsigned i = 0; i < sizeof buffer; i++)
		buffer[i] = (char)i;
}

static bool use(struct block *block)
{
	for (unsigned i = 0; i < 8; i++)
		block->behind[i] = i + 1;
	block->self = &block->self;
	if (solo5_set_tls_base((uintptr_t)&block->self) != SOLO5_R_OK)
		return false;
	low = 1;
	high = 2;
	use_a_buffer();
	if (block->variables != ((uint64_t)2 << 32 | 1) &&
	    block->variables != ((uint64_t)1 << 32 | 2))
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (block->behind[i] != i + 1)
			return false;
	return true;
}

int solo5_app_main(const struct solo5_start_info *info)
{
	(void)info;
	if (!use(&room.block) || !use((struct block *)&room.odd))
		return SOLO5_EXIT_FAILURE;
	say("its own\n", 8);
	return SOLO5_EXIT_SUCCESS;
}
