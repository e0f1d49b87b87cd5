/* SPDX-License-Identifier: ISC */
#include <caml/bigarray.h>
#include <caml/mlvalues.h>
#include <unikernel.h>

value unikernel_mirage_console_write_string(value text, intnat length)
{
	unikernel_console_write(String_val(text), (size_t)length);
	return Val_unit;
}

value unikernel_mirage_console_write_buffer(value buffer, intnat offset, intnat length)
{
	const char *bytes = Caml_ba_data_val(buffer);

	unikernel_console_write(bytes + offset, (size_t)length);
	return Val_unit;
}

intnat unikernel_mirage_console_read(value bytes, intnat capacity)
{
	return (intnat)unikernel_console_read((char *)Bytes_val(bytes), (size_t)capacity);
}

value unikernel_mirage_console_ended(value unit)
{
	(void)unit;
	return Val_bool(unikernel_console_ended());
}
