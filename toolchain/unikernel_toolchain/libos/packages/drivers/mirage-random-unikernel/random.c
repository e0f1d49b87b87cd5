/* SPDX-License-Identifier: ISC */
#include <caml/bigarray.h>
#include <unikernel.h>

value uk_random_fill(value buffer, intnat length)
{
	uk_entropy(Caml_ba_data_val(buffer), (size_t)length);
	return Val_unit;
}
