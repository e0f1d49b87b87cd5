/* SPDX-License-Identifier: ISC */
/* Rows of all moves that bytecode can say, as ocamlopt writes them for OCAML 4 or 5.
 * %rdi: 64 words. */
#if OCAML == 5
#define ENTRY camlMoves.entry
#else
#define ENTRY camlMoves__entry
#endif

	/* The field at %rdi gets %rsi. */
	.macro initialise
	movq %rsp, %rbx
	movq 64(%r14), %rsp
	call caml_initialize
	movq %rbx, %rsp
	.endm

	.text
	.globl ENTRY, code_begin, code_end
	.type ENTRY, @function
code_begin:
ENTRY:
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
#if OCAML == 5
	movq %rdi, %r12
	testq %rdi, %rdi /* ends the row: the next one begins with a call */
	movq $0x51, %rsi
	addq $200, %rdi
	initialise
	movq %rbx, 208(%r12)
	movq $0x53, %rsi
	leaq 216(%r12), %rdi
	initialise
	movq 216(%r12), %rsi
	leaq 224(%r12), %rdi
	initialise
	testq %rbx, %rbx
	/* Another C function, and a call that is entered in its middle. */
	leaq 232(%r12), %rdi
	movq %rsp, %rbx
	movq 64(%r14), %rsp
	call other
	movq %rbx, %rsp
	movq $0x57, %rsi
	leaq 240(%r12), %rdi
	movq %rsp, %rbx
	cmpq $0, 240(%r12)
	je 2f
	movq %rsp, %rbx
2:	movq 64(%r14), %rsp
	call caml_initialize
	movq %rbx, %rsp
	/* Allocations: the last but one finds the minor heap full. */
	movq $0x5b, %rsi
	leaq 312(%r12), %rdi
	initialise
	movq $0x61, %rax
	call caml_alloc2
	leaq 8(%r15), %rsi
	movq $0x800, -8(%rsi)
	movq %rax, (%rsi)
	movq %r12, 8(%rsi)
	leaq 256(%r12), %rdi
	initialise
	subq $40, %r15
	call caml_allocN
	leaq 8(%r15), %rax
	movq $0x1000, -8(%rax)
	movq $0x63, (%rax)
	movq %rax, 264(%r12)
	movq $0x65, %rsi
	leaq 272(%r12), %rdi
	initialise
	call caml_alloc1
	leaq 8(%r15), %rax
	movq $0x400, -8(%rax)
	movq %rax, 280(%r12)
	movq $0x67, %rsi
	leaq 288(%r12), %rdi
	initialise
	call caml_alloc3
	leaq 8(%r15), %rax
	movq $0x500, -8(%rax)
	movq %rax, 296(%r12)
	movq $0x69, %rsi
	leaq 304(%r12), %rdi
	initialise
	movq $0, %rax
#endif
	addq $24, %rsp
	popq %r13
	popq %r12
	popq %rbx
	ret
code_end:
	.size ENTRY, . - ENTRY

#if OCAML == 5
	/* %r15 goes down, and up again when it is below the limit. */
	.macro allocator name, size
	.globl \name
	.type \name, @function
\name:	incl allocated
	subq $\size, %r15
	cmpq (%r14), %r15
	jae 3f
	movq $minor_heap + 1024 - \size, %r15
3:	ret
	.size \name, . - \name
	.endm

	allocator caml_allocN 0
	allocator caml_alloc1 16
	allocator caml_alloc2 24
	allocator caml_alloc3 32

	.globl caml_call_realloc_stack
caml_call_realloc_stack:
	ud2
#endif

	/* Calls it as OCaml does, on a stack of its own of which it uses all but the 8 bytes for the
	 * return address of one more call; %rdi: its arguments, then where that stack begins and
	 * where C's does. */
	.globl run
	.type run, @function
run:
#if OCAML == 5
	pushq %rbx
	pushq %r12
	pushq %r14
	pushq %r15
	movq $state, %r14
	movq %rdx, 64(%r14)
	movq $minor_heap + 1024, %r15
	movq $minor_heap + 1024 - 24 - 40 - 8, (%r14)
	movq %rsp, saved
	movq %rsi, %rsp
	call ENTRY
	movq saved, %rsp
	popq %r15
	popq %r14
	popq %r12
	popq %rbx
	ret
#else
	jmp ENTRY
#endif
	.size run, . - run

	.data
	.balign 8
	.globl Caml_state, allocated
state:	.fill 9, 8, 0
saved:	.quad 0
Caml_state:
	.quad state
allocated:
	.quad 0
minor_heap:
	.fill 1024, 1, 0

	.section .note.GNU-stack, "", @progbits
