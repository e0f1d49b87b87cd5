/* SPDX-License-Identifier: ISC */
/* Interrupt and exception entries: one stub a vector, all to trap_dispatch.
 *
 * The CPU has pushed SS, RSP, RFLAGS, CS and RIP, and for some exceptions an error code
 * (Intel SDM volume 3, table 6-1). Stubs push 0 where it did not, then the vector, so that
 * all frames are alike. All of them are of one size: their addresses are computed.
 */
#define VECTORS 48		/* TRAP_VECTORS in trap.h */
#define PUSHES_ERROR 0x60227d00	/* vectors 8, 10-14, 17, 21, 29, 30 */

	.text
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept VECTORS
	.balign 16			/* STUB_BYTES in descriptor_tables.c */
	.if vector >= 32 || !((PUSHES_ERROR >> vector) & 1)
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

/* Saves what struct trap_frame describes. gdb goes on from here to what was interrupted: its
 * stack pointer is the one that the CPU pushed.
 */
	.macro save register
	pushq %\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endm

trap_common:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56		/* vector, error, RIP, CS, RFLAGS, RSP, SS */
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	save rax
	save rcx
	save rdx
	save rbx
	save rbp
	save rsi
	save rdi
	save r8
	save r9
	save r10
	save r11
	save r12
	save r13
	save r14
	save r15
	cld				/* the ABI wants it clear, the program may differ */
	movq %rsp, %rdi			/* which is a multiple of 16: 22 words below one */
	call trap_dispatch
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp			/* vector and error code */
	iretq
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
