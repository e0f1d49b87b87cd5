/* SPDX-License-Identifier: ISC */
/* kvm_clock.h: KVM's paravirtual clock (Linux, Documentation/virt/kvm/x86/msr.rst). */
#ifndef KVM_CLOCK_H
#define KVM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Turns the clock on; false when the hypervisor has none. */
bool kvm_clock_init(void);
bool kvm_clock_present(void);

uint64_t kvm_clock_tsc_hz(void);
uint64_t kvm_clock_monotonic_ns(void);

/* Wall time = this + monotonic time. */
uint64_t kvm_clock_wall_offset_ns(void);

#endif
