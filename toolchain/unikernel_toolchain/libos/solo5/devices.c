/* SPDX-License-Identifier: ISC */
/* Block devices: this base has none, and says so. */
#include "solo5.h"

#define ABSENT SOLO5_R_EUNSPEC

solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
				   struct solo5_block_info *info)
{
	(void)name, (void)handle, (void)info;
	return ABSENT;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
				 const uint8_t *buf, size_t size)
{
	(void)handle, (void)offset, (void)buf, (void)size;
	return ABSENT;
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
				size_t size)
{
	(void)handle, (void)offset, (void)buf, (void)size;
	return ABSENT;
}
