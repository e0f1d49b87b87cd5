/* SPDX-License-Identifier: ISC */
/* solo5_version.h: the version of Solo5 whose interface this is. */
#ifndef SOLO5_VERSION_H
#define SOLO5_VERSION_H

#define SOLO5_VERSION "v0.6.6"

#endif
