/* The agent's end of the byte stream: whole frames in, whole frames out, both bounded. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

typedef void taker(const struct frame *frame, const uint8_t *payload);

void port_open(int descriptor);

/* What poll(2) is to wait for. */
short port_events(void);

/* Reads what has arrived and hands each whole frame to `take`, which may answer with one
   small frame; returns false when nobody is at the other end. A frame that cannot be ends
   the agent. */
bool port_receive(taker *take);

/* Whether a frame may be sent now: one with data, or a small one, for which room is kept.
 */
bool port_has_room(bool data);

void port_send(enum kind kind, uint32_t channel, const void *payload, size_t length);

/* Where the payload of the next data frame may be put before `port_send`; MOST_PAYLOAD
 * bytes. */
uint8_t *port_payload(void);

void port_flush(void);

uint64_t monotonic_ns(void);

_Noreturn void give_up(const char *why);

#endif
