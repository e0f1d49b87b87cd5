/* SPDX-License-Identifier: ISC */
#ifndef SOLO5_NET_H
#define SOLO5_NET_H

#include "solo5.h"

/* Waits until an acquired network device has input or the deadline has come; returns
 * Solo5's handles of those with input. */
solo5_handle_set_t solo5_net_wait(solo5_time_t deadline);

/* How much of a heap stays for the network devices of the manifest; to be called before
 * one is acquired. */
size_t solo5_net_memory(size_t heap_size);

#endif
