/* The programs that the owner has started, each on a channel of its own. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/* Most descriptors that `programs_poll` asks for. */
enum { PROGRAM_DESCRIPTORS = 3 };

void programs_start(uint32_t channel, const uint8_t *words, size_t length);
void programs_input(uint32_t channel, const uint8_t *data, size_t length);
void programs_end_input(uint32_t channel);
void programs_signal(uint32_t channel, uint32_t number);
void programs_credit(uint32_t channel, uint32_t bytes);

/* Fills in what poll(2) is to wait for; returns how many. */
size_t programs_poll(struct pollfd *wanted);

/* Moves what can be moved now, in turns, and tells of ends. */
void programs_pump(void);

/* Takes note of the child processes that have ended, ours and orphans. */
void programs_reap(void);

void programs_kill_all(void);

#endif
