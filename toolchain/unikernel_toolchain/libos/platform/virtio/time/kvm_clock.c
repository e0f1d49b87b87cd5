/* SPDX-License-Identifier: ISC */
#include "kvm_clock.h"
#include "pvh/pvclock.h"
#include "x86_64/common/x86.h"

#define CPUID_HYPERVISOR 0x40000000
#define CPUID_KVM_FEATURES 0x40000001
#define FEATURE_CLOCKSOURCE2 (1u << 3)
#define MSR_WALL_CLOCK 0x4b564d00
#define MSR_SYSTEM_TIME 0x4b564d01
#define SYSTEM_TIME_ENABLE 1
#define SECOND_NS 1000000000u

struct wall_time {
	uint32_t version, seconds, nanoseconds;
};

static volatile struct pvclock system_time;
static volatile struct wall_time wall_time __attribute__((aligned(4)));
static bool present;

static bool offered(void)
{
	if (!(cpuid(1).ecx & CPUID_1_ECX_HYPERVISOR))
		return false;
	struct cpuid who = cpuid(CPUID_HYPERVISOR);
	bool kvm = who.ebx == 0x4b4d564b && who.ecx == 0x564b4d56 &&
		   who.edx == 0x4d; /* KVMKVMKVM */
	return kvm && who.eax >= CPUID_KVM_FEATURES &&
	       cpuid(CPUID_KVM_FEATURES).eax & FEATURE_CLOCKSOURCE2;
}

/* The host fills the structure in during the write: no scale means it did not. */
bool kvm_clock_init(void)
{
	if (!offered())
		return false;
	wrmsr(MSR_SYSTEM_TIME, (uintptr_t)&system_time | SYSTEM_TIME_ENABLE);
	present = system_time.scale != 0;
	return present;
}

bool kvm_clock_present(void)
{
	return present;
}

uint64_t kvm_clock_tsc_hz(void)
{
	return pvclock_tsc_hz(&system_time);
}

uint64_t kvm_clock_monotonic_ns(void)
{
	static uint64_t latest;
	uint64_t now = pvclock_ns(&system_time);
	latest = now > latest ? now : latest; /* the host may step its scale */
	return latest;
}

uint64_t kvm_clock_wall_offset_ns(void)
{
	wrmsr(MSR_WALL_CLOCK, (uintptr_t)&wall_time);
	return (uint64_t)wall_time.seconds * SECOND_NS + wall_time.nanoseconds;
}
