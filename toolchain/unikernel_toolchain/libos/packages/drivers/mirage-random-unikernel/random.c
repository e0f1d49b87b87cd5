/* SPDX-License-Identifier: ISC */
#include <caml/bigarray.h>
#include <unikernel.h>

value unikernel_random_fill(value buffer, intnat length)
{
	unikernel_entropy(Caml_ba_data_val(buffer), (size_t)length);
	return Val_unit;
}
