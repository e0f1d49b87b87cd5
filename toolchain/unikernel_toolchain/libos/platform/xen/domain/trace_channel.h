/* SPDX-License-Identifier: ISC */
/* trace_channel.h: the trace's way out: a value in xenstore. */
#ifndef TRACE_CHANNEL_H
#define TRACE_CHANNEL_H

/* Writes what was traced so far, if there is something new. */
void trace_channel_send(void);

#endif
