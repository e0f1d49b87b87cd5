/* SPDX-License-Identifier: ISC */
/* A program as ocamlopt and the linker write it, for OCAML 4 or 5: what is a plain store in the one
 * is a call of caml_initialize in the other, on the C stack that the word at 64(%r14) tells. */
#if OCAML == 5
#define ENTRY caml\name\().entry
#else
#define ENTRY caml\name\()__entry
#endif

	.macro module name
	call ENTRY
	movq $caml_globals_inited, %rax
	addq $1, (%rax)
	.endm

	.macro initialiser name
	.globl ENTRY
	.type ENTRY, @function
ENTRY:
	.endm

	.macro done name
	movl $1, %eax
	ret
	.size ENTRY, . - ENTRY
	.endm

	.macro call_c function
	movq %rsp, %rbx
	movq 64(%r14), %rsp
	call \function
	movq %rbx, %rsp
	.endm

	/* The field at %rdi gets %rsi. */
	.macro initialise
#if OCAML == 5
	call_c caml_initialize
#else
	movq %rsi, (%rdi)
#endif
	.endm

	/* Whether the stack suffices: it always does here. */
	.macro check
#if OCAML == 5
	leaq -336(%rsp), %r10
	cmpq 40(%r14), %r10
	jb caml_call_realloc_stack
#endif
	.endm

	.text
	.globl caml_program
	.type caml_program, @function
caml_program:
	check
	subq $8, %rsp
	module First
	module Second
	module Effect
	module Third
	module After_effect
	module Not_unit
	module Fourth
#if OCAML == 5
	module Lost
	module Other
	module Unknown
	module Fifth
#endif
	movl $1, %eax
	addq $8, %rsp
	ret
	.size caml_program, . - caml_program

	initialiser First
	movq $function, %rsi
	movq $fields, %rdi
	initialise
	movq $fields, %rcx
	movq $-5, 8(%rcx)
	leaq 16(%rcx), %rdi
	movq %rcx, %rsi
	initialise
	done First

	/* Reads what a constant module before it has stored. */
	initialiser Second
	check
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
	movq 48(%rcx), %rsi
	leaq 64(%rcx), %rdi
	initialise
	done After_effect

	/* Stores where something else stands than a field that waits. */
	initialiser Not_unit
	movq $fields, %rdi
	movq $11, 72(%rdi)
	addq $80, %rdi
	movl $13, %esi
	initialise
	done Not_unit

	initialiser Fourth
	movq $fields, %rcx
	movq $15, 88(%rcx)
	done Fourth

#if OCAML == 5
	/* Uses a register that C changes. */
	initialiser Lost
	movq $fields + 96, %rdi
	movq $function, %rsi
	movq $17, %rcx
	initialise
	movq $fields, %rax
	movq %rcx, 104(%rax)
	done Lost

	/* Calls another function. */
	initialiser Other
	movq $fields + 112, %rdi
	movq $function, %rsi
	call_c other
	done Other

	/* Has its value from elsewhere. */
	initialiser Unknown
	movq $fields + 120, %rdi
	movq (%r14), %rsi
	initialise
	done Unknown

	/* Goes on with what C keeps. */
	initialiser Fifth
	movq $fields, %r12
	leaq 128(%r12), %rdi
	movq $function, %rsi
	initialise
	movq $19, 136(%r12)
	done Fifth
#endif

	.globl caml_call_realloc_stack
caml_call_realloc_stack:
	ud2

	/* Has the C stack, as caml_start_program has, in Caml_state. */
	.globl run
	.type run, @function
run:
	pushq %rbx
	pushq %r12
	pushq %r14
	movq $state, %r14
	leaq -64(%rsp), %rax
	andq $-16, %rax
	movq %rax, 64(%r14)
	subq $4096, %rsp
	call caml_program
	addq $4096, %rsp
	popq %r14
	popq %r12
	popq %rbx
	ret
	.size run, . - run

	.data
	.balign 8
	.globl fields, caml_globals_inited
fields:
	.quad 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 99, 1, 1, 1, 1, 1, 1, 1
function:
	.quad 0
caml_globals_inited:
	.quad 0
state:
	.fill 9, 8, 0

	.section .note.GNU-stack, "", @progbits
