/* SPDX-License-Identifier: ISC */
#include "platform.h"
#include "stack_protector.h"
#include "unikernel.h"

uk_result_t uk_set_tls_base(uintptr_t base)
{
	bool canonical = (uintptr_t)((intptr_t)(base << 16) >> 16) == base;
	if (!canonical || base % 16)
		return UK_EINVAL;
	*(uint64_t *)(base + 0x28) = stack_canary();
	machine_set_tls_base(base);
	return UK_OK;
}
