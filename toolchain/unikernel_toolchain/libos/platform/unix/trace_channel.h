/* SPDX-License-Identifier: ISC */
/* trace_channel.h: where trace records go. */
#ifndef TRACE_CHANNEL_H
#define TRACE_CHANNEL_H

/* Reads UNIKERNEL_TRACE, the descriptor. */
void trace_channel_init(void);

#endif
