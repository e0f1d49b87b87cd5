/* SPDX-License-Identifier: ISC */
/* Calls itself until the stack is used up. */
#include "unikernel.h"

__attribute__((noipa)) static unsigned deeper(volatile unsigned *depth)
{
	volatile unsigned char frame[100];
	frame[0] = (unsigned char)++*depth;
	return deeper(depth) + frame[0];
}

int unikernel_main(const struct unikernel_start_info *info)
{
	volatile unsigned depth = 0;
	(void)info;
	return (int)deeper(&depth);
}
