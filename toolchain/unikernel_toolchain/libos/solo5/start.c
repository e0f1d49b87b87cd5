/* SPDX-License-Identifier: ISC */
/* From unikernel_main to the Solo5 application. */
#include "elf_abi.h"
#include "solo5.h"
#include "solo5_block.h"
#include "solo5_cmdline.h"
#include "solo5_net.h"
#include "unikernel.h"

/* Solo5 gives the application all memory as one region; a share of the heap stays for the
 * layers beneath it, and more where devices need more. */
#define RESERVE_SHARE 16
#define RESERVE_MIN ((size_t)8 << 10)
#define REGION_ALIGNMENT 4096

/* Only in programs that use the network. */
__attribute__((weak)) size_t solo5_net_memory(size_t heap_size);

/* Only in programs that use block devices. */
__attribute__((weak)) size_t solo5_block_memory(void);

/* Readies the C library; not there in a link without one. */
__attribute__((weak)) void unikernel_libc_start(const struct unikernel_start_info *info);

/* clang-format off */
ABI1_NOTE_DECLARE_BEGIN
{
	.abi_target = SOLO5_ABI_TARGET,
	.abi_version = 1,
}
ABI1_NOTE_DECLARE_END;
/* clang-format on */

static size_t reserve(size_t heap_size)
{
	size_t share = heap_size / RESERVE_SHARE;
	size_t needed = RESERVE_MIN;
	if (solo5_net_memory)
		needed += solo5_net_memory(heap_size);
	if (solo5_block_memory)
		needed += solo5_block_memory();
	return (share < needed ? needed : share) + 2 * REGION_ALIGNMENT;
}

int unikernel_main(const struct unikernel_start_info *info)
{
	static struct solo5_start_info solo5_info;
	if (unikernel_libc_start)
		unikernel_libc_start(info);
	size_t reserved = reserve(info->heap_size);
	size_t size = info->heap_size > reserved ? info->heap_size - reserved : 0;
	void *region = size ? unikernel_alloc_aligned(REGION_ALIGNMENT, size) : NULL;
	if (!region)
		unikernel_abort("too little RAM for a Solo5 heap");
	solo5_info = (struct solo5_start_info){
		.cmdline = solo5_cmdline(info->cmdline),
		.heap_start = (uintptr_t)region,
		.heap_size = size,
	};
	return solo5_app_main(&solo5_info);
}
