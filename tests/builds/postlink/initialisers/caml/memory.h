/* SPDX-License-Identifier: ISC */
typedef long value;
void caml_initialize(value *field, value initial);
