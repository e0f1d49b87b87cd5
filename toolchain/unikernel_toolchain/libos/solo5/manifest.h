/* SPDX-License-Identifier: ISC */
/* manifest.h: the devices that a Solo5 program declares. */
#ifndef MANIFEST_H
#define MANIFEST_H

#define MFT_ENTRIES 64 /* as many as there may be */
#include "mft_abi.h"
#include "solo5.h"

/* The number of a device in the manifest, which is its handle; 0 when it is not there. */
solo5_handle_t manifest_index(const char *name, mft_type_t type);

/* How many devices of a type there are. */
unsigned manifest_count(mft_type_t type);

#endif
