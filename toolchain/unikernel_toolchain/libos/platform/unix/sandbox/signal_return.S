/* SPDX-License-Identifier: ISC */
/* Where a signal handler returns to (sigaction(2), sa_restorer). */
#define SYSTEM_RT_SIGRETURN 15

	.text
	.globl signal_return
	.type signal_return, @function
signal_return:
	movl $SYSTEM_RT_SIGRETURN, %eax
	syscall
	ud2

	.section .note.GNU-stack, "", @progbits
