/* SPDX-License-Identifier: ISC */
#include <caml/bigarray.h>
#include <caml/mlvalues.h>
#include <unikernel.h>

value uk_console_unikernel_write_string(value text, intnat length)
{
	uk_console_write(String_val(text), (size_t)length);
	return Val_unit;
}

value uk_console_unikernel_write_buffer(value buffer, intnat offset, intnat length)
{
	const char *bytes = Caml_ba_data_val(buffer);

	uk_console_write(bytes + offset, (size_t)length);
	return Val_unit;
}

intnat uk_console_unikernel_read(value bytes, intnat capacity)
{
	return (intnat)uk_console_read((char *)Bytes_val(bytes), (size_t)capacity);
}
