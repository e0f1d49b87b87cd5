/* SPDX-License-Identifier: ISC */
/* unikernel_initialise: interprets the bytecode behind its call, on the caller's registers.
 * The slots are in the order of the registers' numbers.
 *
 * It runs on the C stack, as all C does beside OCaml 5. Of the caller's stack it takes the return
 * address only: a function that calls no other one does not check that its frame fits, and may
 * have used all of the 256 bytes that always do, but for such an address (stack_threshold in
 * asmcomp/amd64/emit.mlp). There is one processor and the interpreter calls no OCaml, so one word
 * remembers where that stack was. */
#define DOMAIN_STATE(type, name) \
	.set caml_state_##name, position; \
	.set position, position + 8;
	.set position, 0
#include <caml/domain_state.tbl>

	.local callers_stack
	.comm callers_stack, 8, 8

	.text
	.globl unikernel_initialise
	.type unikernel_initialise, @function
unikernel_initialise:
	movq %rsp, callers_stack(%rip)
	movq caml_state_c_stack(%r14), %rsp
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
	pushq callers_stack(%rip)
	addq $8, (%rsp) /* as it is when this returns */
	pushq %rbx
	pushq %rdx
	pushq %rcx
	pushq %rax
	movq callers_stack(%rip), %rbx
	movq %rsp, %rdi
	movq (%rbx), %rsi
	call unikernel_interpret_initialiser
	movq %rax, (%rbx)
	popq %rax
	popq %rcx
	popq %rdx
	popq %rbx
	addq $8, %rsp
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
	movq callers_stack(%rip), %rsp
	ret
	.size unikernel_initialise, . - unikernel_initialise

	.section .note.GNU-stack, "", @progbits
