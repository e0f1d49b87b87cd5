/* SPDX-License-Identifier: ISC */
/* Where a signal handler returns to (sigaction(2), sa_restorer).
 *
 * A debugger goes on from here to what the signal interrupted: RSP points to the ucontext in
 * signal_frame.h, where Linux put the registers. It takes return addresses to lie behind a call,
 * and looks one byte before them: hence the nop.
 */
#define SYSTEM_RT_SIGRETURN 15

	/* Register NUMBER of DWARF (System V ABI, AMD64 supplement, figure 3.36) is at RSP + OFFSET:
	 * DW_CFA_expression, its length, DW_OP_breg7 and the offset as SLEB128. */
	.macro saved number offset
	.cfi_escape 0x10, \number, 3, 0x77, (\offset & 0x7f) | 0x80, \offset >> 7
	.endm

	.text
	.cfi_startproc
	.cfi_signal_frame
	/* DW_CFA_def_cfa_expression: what is at RSP + 160 */
	.cfi_escape 0x0f, 4, 0x77, 0xa0, 0x01, 0x06
	saved 8 40
	saved 9 48
	saved 10 56
	saved 11 64
	saved 12 72
	saved 13 80
	saved 14 88
	saved 15 96
	saved 5 104			/* RDI */
	saved 4 112			/* RSI */
	saved 6 120			/* RBP */
	saved 3 128			/* RBX */
	saved 1 136			/* RDX */
	saved 0 144			/* RAX */
	saved 2 152			/* RCX */
	saved 16 168			/* RIP */
	nop
	.globl signal_return
	.type signal_return, @function
signal_return:
	movl $SYSTEM_RT_SIGRETURN, %eax
	syscall
	ud2
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
