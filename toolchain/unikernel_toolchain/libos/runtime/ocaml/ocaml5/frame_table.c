/* SPDX-License-Identifier: ISC */
/* OCaml 5 reads the table of frame descriptors through two functions. They hand the table
 * around by address; before OCaml 5.3 by value, with more in it than is looked at. */
#include "../frames.h"

void __wrap_caml_init_frame_descriptors(void);

static struct frame_table table;

void __wrap_caml_init_frame_descriptors(void)
{
	table = unikernel_ocaml_frame_table();
}

static frame_descr *find(uintnat address)
{
	uintnat place = frame_place(&table, address);

	while (table.descriptors[place] && table.descriptors[place]->retaddr != address)
		place = (place + 1) & table.mask;
	return table.descriptors[place];
}

#if OCAML_VERSION >= 50300

caml_frame_descrs *__wrap_caml_get_frame_descrs(void);
frame_descr *__wrap_caml_find_frame_descr(caml_frame_descrs *all, uintnat address);

caml_frame_descrs *__wrap_caml_get_frame_descrs(void)
{
	return (caml_frame_descrs *)&table;
}

frame_descr *__wrap_caml_find_frame_descr(caml_frame_descrs *all, uintnat address)
{
	(void)all;
	return find(address);
}

#else

caml_frame_descrs __wrap_caml_get_frame_descrs(void);
frame_descr *__wrap_caml_find_frame_descr(caml_frame_descrs all, uintnat address);

caml_frame_descrs __wrap_caml_get_frame_descrs(void)
{
	return (caml_frame_descrs){.mask = (int)table.mask,
				   .descriptors = table.descriptors};
}

frame_descr *__wrap_caml_find_frame_descr(caml_frame_descrs all, uintnat address)
{
	(void)all;
	return find(address);
}

#endif
