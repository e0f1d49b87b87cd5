/* SPDX-License-Identifier: ISC */
/* unikernel_initialise: interprets the bytecode behind its call, on the caller's registers.
 * The slots are in the order of the registers' numbers. */
#define SLOTS 128
#define ABOVE_RSP 96 /* eleven registers and the return address */

	.text
	.globl unikernel_initialise
	.type unikernel_initialise, @function
unikernel_initialise:
	pushq %r15
	pushq %r14
	pushq %r13
	pushq %r12
	pushq %r11
	pushq %r10
	pushq %r9
	pushq %r8
	pushq %rdi
	pushq %rsi
	pushq %rbp
	pushq %rsp
	addq $ABOVE_RSP, (%rsp)
	pushq %rbx
	pushq %rdx
	pushq %rcx
	pushq %rax
	movq %rsp, %rdi
	movq SLOTS(%rsp), %rsi
	movq %rsp, %rbx
	andq $-16, %rsp
	call unikernel_interpret_initialiser
	movq %rbx, %rsp
	movq %rax, SLOTS(%rsp)
	popq %rax
	popq %rcx
	popq %rdx
	popq %rbx
	leaq 8(%rsp), %rsp
	popq %rbp
	popq %rsi
	popq %rdi
	popq %r8
	popq %r9
	popq %r10
	popq %r11
	popq %r12
	popq %r13
	popq %r14
	popq %r15
	ret
	.size unikernel_initialise, . - unikernel_initialise

	.section .note.GNU-stack, "", @progbits
