/* SPDX-License-Identifier: ISC */
	.text
	.globl stack_switch
	.type stack_switch, @function
stack_switch:
	movq %rdi, %rsp
	xorl %ebp, %ebp			/* a backtrace ends here */
	call *%rsi
	ud2

	.section .note.GNU-stack, "", @progbits
