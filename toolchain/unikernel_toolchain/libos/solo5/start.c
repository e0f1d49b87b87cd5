/* SPDX-License-Identifier: ISC */
/* From uk_main to the Solo5 application. */
#include "elf_abi.h"
#include "solo5.h"
#include "solo5_cmdline.h"
#include "unikernel.h"

/* Solo5 gives the application all memory as one region; this much of the heap stays for
 * the layers beneath it. */
#define RESERVE(heap_size) ((heap_size) / 16)
#define REGION_ALIGNMENT 4096

/* Readies the C library; not there in a link without one. */
__attribute__((weak)) void uk_libc_start(const struct uk_start_info *info);

/* clang-format off */
ABI1_NOTE_DECLARE_BEGIN
{
	.abi_target = SOLO5_ABI_TARGET,
	.abi_version = 1,
}
ABI1_NOTE_DECLARE_END;
/* clang-format on */

int uk_main(const struct uk_start_info *info)
{
	static struct solo5_start_info solo5_info;
	if (uk_libc_start)
		uk_libc_start(info);
	size_t size = info->heap_size - RESERVE(info->heap_size) - 2 * REGION_ALIGNMENT;
	void *region = uk_alloc_aligned(REGION_ALIGNMENT, size);
	if (!region)
		uk_abort("too little RAM for a Solo5 heap");
	solo5_info = (struct solo5_start_info){
		.cmdline = solo5_cmdline(info->cmdline),
		.heap_start = (uintptr_t)region,
		.heap_size = size,
	};
	return solo5_app_main(&solo5_info);
}
