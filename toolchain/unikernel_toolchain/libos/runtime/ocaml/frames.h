/* SPDX-License-Identifier: ISC */
/* frames.h: frame descriptors of all modules, by return addresses. */
#ifndef UNIKERNEL_RUNTIME_OCAML_FRAMES_H
#define UNIKERNEL_RUNTIME_OCAML_FRAMES_H

#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/memory.h>
#include <caml/version.h>
#if OCAML_VERSION < 50000
#include <caml/stack.h>
#else
#include <caml/frame_descriptors.h>
#endif

/* Open addressing: a descriptor is at its place or behind it, before the next that is
 * NULL.
 */
struct frame_table {
	uintnat mask;
	frame_descr **descriptors;
};

/* As Hash_retaddr of the runtime, which looks into the table of OCaml 4 itself. */
static inline uintnat frame_place(const struct frame_table *table, uintnat address)
{
	return address >> 3 & table->mask;
}

/* Fills a table with all descriptors of the program; aborts when memory is short. */
struct frame_table unikernel_ocaml_frame_table(void);

#endif
