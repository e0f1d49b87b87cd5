/* SPDX-License-Identifier: ISC */
#include "hvm_parameter.h"
#include "hypercall.h"

#include <hvm/params.h>
#include <xen.h>

uint64_t hvm_parameter(uint32_t index)
{
	struct xen_hvm_param parameter = {.domid = DOMID_SELF, .index = index};
	return hypercall2(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&parameter)
		       ? 0
		       : parameter.value;
}

void hvm_parameter_set(uint32_t index, uint64_t value)
{
	struct xen_hvm_param parameter = {
		.domid = DOMID_SELF, .index = index, .value = value};
	hypercall2(__HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)&parameter);
}
