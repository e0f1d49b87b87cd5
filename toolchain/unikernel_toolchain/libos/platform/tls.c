/* SPDX-License-Identifier: ISC */
#include "platform.h"
#include "unikernel.h"

uk_result_t uk_set_tls_base(uintptr_t base)
{
	bool canonical = (uintptr_t)((intptr_t)(base << 16) >> 16) == base;
	if (!canonical)
		return UK_EINVAL;
	machine_set_tls_base(base);
	return UK_OK;
}
