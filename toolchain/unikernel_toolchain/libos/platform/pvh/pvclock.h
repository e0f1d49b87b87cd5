/* SPDX-License-Identifier: ISC */
/* pvclock.h: KVM's paravirtual clock (Linux, Documentation/virt/kvm/x86/msr.rst). */
#ifndef PVCLOCK_H
#define PVCLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Turns the clock on; false when the hypervisor has none. */
bool pvclock_init(void);
bool pvclock_present(void);

uint64_t pvclock_tsc_hz(void);
uint64_t pvclock_monotonic_ns(void);

/* Wall time = this + monotonic time. */
uint64_t pvclock_wall_offset_ns(void);

#endif
