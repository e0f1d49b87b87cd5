/* SPDX-License-Identifier: ISC */
/* trace_channel.h: where trace records go. */
#ifndef TRACE_CHANNEL_H
#define TRACE_CHANNEL_H

/* Reads UNIKERNEL_TRACE, the descriptor, and UNIKERNEL_CORE. */
void trace_channel_init(void);

/* Where UNIKERNEL_CORE asks for it: waits until the other end has looked at this process.
 */
void trace_channel_wait(void);

#endif
