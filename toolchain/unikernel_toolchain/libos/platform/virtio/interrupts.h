/* SPDX-License-Identifier: ISC */
#ifndef VIRTIO_INTERRUPTS_H
#define VIRTIO_INTERRUPTS_H

/* Readies the interrupt controllers and the console's input at the first call. */
void interrupts_init(void);

#endif
