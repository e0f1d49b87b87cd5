/* SPDX-License-Identifier: ISC */
/* pvclock.h: the clock that KVM and Xen write into memory of the guest (Linux,
 * Documentation/virt/kvm/x86/msr.rst; xen/include/public/xen.h, struct vcpu_time_info).
 */
#ifndef PVCLOCK_H
#define PVCLOCK_H

#include <stdint.h>

struct __attribute__((aligned(32))) pvclock {
	uint32_t version, pad0; /* odd while the host writes */
	uint64_t tsc, system_ns;
	uint32_t scale; /* 0.32 fixed point: ns per (shifted) count; 0: not written yet */
	int8_t shift;
	uint8_t flags, pad1[2];
};

/* Time stamp counts a second. */
uint64_t pvclock_tsc_hz(const volatile struct pvclock *clock);

/* Nanoseconds since an origin of the host's. A host that steps its scale may have it go
 * back by a little. */
uint64_t pvclock_ns(const volatile struct pvclock *clock);

#endif
