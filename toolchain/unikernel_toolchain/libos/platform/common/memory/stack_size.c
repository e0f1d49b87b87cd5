/* SPDX-License-Identifier: ISC */
#include "stack_size.h"

__attribute__((weak)) const size_t unikernel_stack_size_max = STACK_SIZE_MAX;
