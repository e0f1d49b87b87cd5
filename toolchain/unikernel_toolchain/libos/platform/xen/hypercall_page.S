/* SPDX-License-Identifier: ISC */
/* The page that Xen fills with the code of hypercalls, 32 bytes each. It is mapped as code
 * only: Xen writes to the guest's memory, not through the guest's tables. */
	.section .hypercall, "ax", @nobits
	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096

	.section .note.GNU-stack, "", @progbits
