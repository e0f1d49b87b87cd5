/* SPDX-License-Identifier: ISC */
/* A machine has no directories of the host. */
#include "unikernel.h"

unikernel_result_t unikernel_directory_acquire(const char *name, unsigned *handle)
{
	(void)name;
	(void)handle;
	return UNIKERNEL_EUNSPEC;
}

unikernel_result_t unikernel_directory_ask(unsigned handle,
					   enum unikernel_directory_operation operation,
					   const char *path, size_t path_length,
					   const void *value, size_t size,
					   struct unikernel_directory_answer *answer)
{
	(void)handle;
	(void)operation;
	(void)path;
	(void)path_length;
	(void)value;
	(void)size;
	(void)answer;
	return UNIKERNEL_EUNSPEC;
}
