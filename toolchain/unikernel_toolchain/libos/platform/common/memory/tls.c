/* SPDX-License-Identifier: ISC */
/* The base of thread-local storage is 0 until somebody sets it, so that reaching for it
 * is a fault. Where an image holds code of the distribution's that does, it finds a
 * canary there from the start: %fs:0x28. */
#include "common/platform.h"
#include "stack_protector.h"
#include "unikernel.h"

#define CANARY_PLACE (0x28 / sizeof(uintptr_t))

/* The toolchain writes the answer (thread_block.py). Read through `used`, or the compiler
 * would take this one for granted. */
__attribute__((section(".rodata.unikernel_thread_block_is_used")))
const bool unikernel_thread_block_is_used = true;

static const volatile bool *const used = &unikernel_thread_block_is_used;

void tls_init(void)
{
	static uintptr_t block[CANARY_PLACE + 1];
	if (!*used)
		return;
	block[CANARY_PLACE] = __stack_chk_guard;
	platform_set_tls_base((uintptr_t)block);
}

unikernel_result_t unikernel_set_tls_base(uintptr_t base)
{
	bool canonical = (uintptr_t)((intptr_t)(base << 16) >> 16) == base;
	if (!canonical)
		return UNIKERNEL_EINVAL;
	platform_set_tls_base(base);
	return UNIKERNEL_OK;
}
