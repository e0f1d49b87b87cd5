/* SPDX-License-Identifier: ISC */
#include <caml/bigarray.h>

intnat unikernel_io_page_address(value page);

intnat unikernel_io_page_address(value page)
{
	return (intnat)Caml_ba_data_val(page);
}
