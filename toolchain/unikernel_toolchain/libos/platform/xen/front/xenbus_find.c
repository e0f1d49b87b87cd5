/* SPDX-License-Identifier: ISC */
/* Front ends in xenstore, device/KIND/NUMBER. */
#include "xenbus_find.h"
#include "common/report/format.h"
#include "xen/xenstore.h"

#define NAMES_MAX 2048	    /* bytes; more devices than that are not looked at */
#define NUMBER_DIGITS_MAX 9 /* numbers of virtual disks go up to 2^28 and a little */

/* Strictly: digits alone, no sign, and no zeros in front. */
static bool read_name(const char *name, unsigned *number)
{
	unsigned digits = 0;
	*number = 0;
	for (; name[digits]; digits++) {
		if (digits == NUMBER_DIGITS_MAX || name[digits] < '0' ||
		    name[digits] > '9')
			return false;
		*number = *number * 10 + (unsigned)(name[digits] - '0');
	}
	return digits == 1 || (digits > 0 && name[0] != '0');
}

/* The least number of at least `from`. */
static bool next_number(const char *names, size_t length, unsigned from, unsigned *least)
{
	bool found = false;
	for (size_t at = 0; at < length; at++) {
		unsigned number;
		if (read_name(names + at, &number) && number >= from &&
		    (!found || number < *least)) {
			found = true;
			*least = number;
		}
		while (at < length && names[at])
			at++;
	}
	return found;
}

bool xenbus_find(const char *kind, unsigned index, unsigned *number)
{
	static char names[NAMES_MAX + 1];
	char path[XENBUS_DIRECTORY_MAX];
	size_t length;
	format(path, sizeof path, "device/%s", kind);
	if (xenstore_directory(XENSTORE_NO_TRANSACTION, path, names, NAMES_MAX,
			       &length) != XENSTORE_OK)
		return false;
	names[length] = 0;
	unsigned from = 0;
	for (unsigned i = 0; i <= index; i++, from = *number + 1)
		if (!next_number(names, length, from, number))
			return false;
	return true;
}
