/* SPDX-License-Identifier: ISC */
/* hvm_parameter.h: what the domain was built with (xen/include/public/hvm/params.h). */
#ifndef HVM_PARAMETER_H
#define HVM_PARAMETER_H

#include <stdint.h>

/* The value of HVM_PARAM_*; 0 when the domain has none. */
uint64_t hvm_parameter(uint32_t index);

/* Sets one that a domain may set. */
void hvm_parameter_set(uint32_t index, uint64_t value);

#endif
