/* SPDX-License-Identifier: ISC */
/* A program of seven modules as ocamlopt and the linker write it. */
	.macro module name
	call caml\name\()__entry
	movq $caml_globals_inited, %rax
	addq $1, (%rax)
	.endm

	.macro initialiser name
	.globl caml\name\()__entry
	.type caml\name\()__entry, @function
caml\name\()__entry:
	.endm

	.macro done name
	movl $1, %eax
	ret
	.size caml\name\()__entry, . - caml\name\()__entry
	.endm

	.text
	.globl caml_program
	.type caml_program, @function
caml_program:
	subq $8, %rsp
	module First
	module Second
	module Effect
	module Third
	module After_effect
	module Not_unit
	module Fourth
	movl $1, %eax
	addq $8, %rsp
	ret
	.size caml_program, . - caml_program

	initialiser First
	movq $function, %rax
	movq $fields, %rcx
	movq %rax, (%rcx)
	movq $-5, 8(%rcx)
	leaq 16(%rcx), %rdi
	movq %rcx, (%rdi)
	done First

	/* Reads what a constant module before it has stored. */
	initialiser Second
	subq $8, %rsp
	movq $fields, %rcx
	movq 8(%rcx), %rax
	addq $2, %rax
	movq %rax, 24(%rcx)
	movabsq $0x123456789abcdef1, %rdx
	movq %rdx, 32(%rcx)
	addq $8, %rsp
	done Second

	initialiser Effect
	subq $8, %rsp
	movq $fields, %rcx
	movq $7, 40(%rcx)
	call effect
	movq $fields, %rcx
	movq %rax, 48(%rcx)
	addq $8, %rsp
	done Effect

	initialiser Third
	movq $fields, %rcx
	movq $9, 56(%rcx)
	done Third

	/* Reads what is known when the program runs only. */
	initialiser After_effect
	movq $fields, %rcx
	movq 48(%rcx), %rax
	movq %rax, 64(%rcx)
	done After_effect

	/* Stores where something else stands than a field that waits. */
	initialiser Not_unit
	movq $fields, %rcx
	movq $11, 72(%rcx)
	movq $13, 80(%rcx)
	done Not_unit

	initialiser Fourth
	movq $fields, %rcx
	movq $15, 88(%rcx)
	done Fourth

	.data
	.balign 8
	.globl fields, caml_globals_inited
fields:
	.quad 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 99, 1
function:
	.quad 0
caml_globals_inited:
	.quad 0

	.section .note.GNU-stack, "", @progbits
