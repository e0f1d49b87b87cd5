/* SPDX-License-Identifier: ISC */
/* OCaml 4 reads the table of frame descriptors where it likes. */
#include "../frames.h"

void __wrap_caml_init_frame_descriptors(void);

void __wrap_caml_init_frame_descriptors(void)
{
	struct frame_table table = unikernel_ocaml_frame_table();

	caml_frame_descriptors = table.descriptors;
	caml_frame_descriptors_mask = table.mask;
}
