/* SPDX-License-Identifier: ISC */
/* Rows of all moves that a table can say, as ocamlopt writes them. %rdi: 64 words. */
	.text
	.globl camlMoves__entry
	.type camlMoves__entry, @function
camlMoves__entry:
	pushq %rbx
	pushq %r12
	pushq %r13
	subq $24, %rsp
	movq $0x12345678, %rax
	movq %rax, (%rdi)
	movq $-2, %rbx
	movq %rbx, 8(%rdi)
	movabsq $0x1000000000000005, %rdx
	movq %rdx, 16(%rdi)
	movl $0x80000001, %ecx
	movq %rcx, 24(%rdi)
	movq $-7, 32(%rdi)
	movq $0x41, 256(%rdi)
	leaq 256(%rdi), %r12
	movq (%r12), %r13
	movq %r13, 8(%r12)
	leaq -8(%r12), %rsi
	movq %rax, -128(%rsi)
	movq %rdx, %r8
	addq $5, %r8
	movq %r8, 40(%rdi)
	subq $0x1000, %r8
	movq %r8, 48(%rdi)
	addq $0x12345, %rax
	movq %rax, 56(%rdi)
	subq $0x54321, %rax
	movq %rax, 64(%rdi)
	movq %rcx, 16(%rsp)
	movq 16(%rsp), %r9
	movq %r9, 72(%rdi)
	leaq 8(%rdi), %r13
	movq (%r13), %r10
	movq %r10, 80(%rdi)
	movq 400(%rdi), %r11
	movq %r11, 408(%rdi)
	cmpq $99, %r11
	jne 1f
	movq $1, 88(%rdi)
	/* Entered here as well: another row. */
1:	movq $2, 96(%rdi)
	movq $3, 104(%rdi)
	movq $4, 112(%rdi)
	movq $5, 120(%rdi)
	movq $6, 128(%rdi)
	movq $7, 136(%rdi)
	movq $8, 144(%rdi)
	movq $9, 152(%rdi)
	movq $10, 160(%rdi)
	movq $11, 168(%rdi)
	movq $12, 176(%rdi)
	movq $13, 184(%rdi)
	movq %r8, 192(%rdi)
	addq $24, %rsp
	popq %r13
	popq %r12
	popq %rbx
	ret
	.size camlMoves__entry, . - camlMoves__entry

	.section .note.GNU-stack, "", @progbits
