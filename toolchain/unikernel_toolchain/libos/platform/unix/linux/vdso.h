/* SPDX-License-Identifier: ISC */
/* vdso.h: functions that the kernel maps into every process (Linux, vDSO). */
#ifndef VDSO_H
#define VDSO_H

#include <stdint.h>

/* The function `name` of the shared object at `image`; 0 when it is not there. */
uintptr_t vdso_function(uintptr_t image, const char *name);

#endif
