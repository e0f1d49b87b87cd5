/* SPDX-License-Identifier: ISC */
#include "x86_64/machine/paging.h"

/* Where QEMU has the interrupt controllers. */
#define CONTROLLERS_START 0xfea00000u
#define CONTROLLERS_END 0xff000000u

void paging_map_fixed(void)
{
	paging_map(CONTROLLERS_START, CONTROLLERS_END, PAGING_DEVICE);
}
