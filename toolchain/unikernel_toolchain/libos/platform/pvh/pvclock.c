/* SPDX-License-Identifier: ISC */
/* KVM writes into memory of the guest how the time stamp counter becomes nanoseconds:
 *
 *   ns = system_ns + ((rdtsc - tsc) shifted by `shift`) * scale / 2^32
 *
 * It makes `version` odd before it changes the rest and even again behind: who reads the
 * same even number before and after has read one state. The host
 * writes while the CPU that reads is stopped, between two of its instructions.
 */
#include "pvclock.h"
#include "x86_64/common/x86.h"

#define CPUID_HYPERVISOR 0x40000000
#define CPUID_KVM_FEATURES 0x40000001
#define FEATURE_CLOCKSOURCE2 (1u << 3)
#define MSR_WALL_CLOCK 0x4b564d00
#define MSR_SYSTEM_TIME 0x4b564d01
#define SYSTEM_TIME_ENABLE 1
#define SECOND_NS 1000000000u

struct __attribute__((aligned(32))) system_time {
	uint32_t version, pad0; /* odd while the host writes */
	uint64_t tsc, system_ns;
	uint32_t scale; /* 0.32 fixed point: ns per (shifted) count */
	int8_t shift;
	uint8_t flags, pad1[2];
};

struct wall_time {
	uint32_t version, seconds, nanoseconds;
};

static volatile struct system_time system_time;
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
bool pvclock_init(void)
{
	if (!offered())
		return false;
	wrmsr(MSR_SYSTEM_TIME, (uintptr_t)&system_time | SYSTEM_TIME_ENABLE);
	present = system_time.scale != 0;
	return present;
}

bool pvclock_present(void)
{
	return present;
}

static uint64_t shifted(uint64_t value, int shift)
{
	return shift < 0 ? value >> -shift : value << shift;
}

uint64_t pvclock_tsc_hz(void)
{
	return shifted(((uint64_t)SECOND_NS << 32) / system_time.scale,
		       -system_time.shift);
}

static uint64_t read_ns(void)
{
	uint64_t count = shifted(rdtsc() - system_time.tsc, system_time.shift);
	return system_time.system_ns +
	       (uint64_t)(((unsigned __int128)count * system_time.scale) >> 32);
}

uint64_t pvclock_monotonic_ns(void)
{
	static uint64_t latest;
	uint32_t version;
	uint64_t now;
	do {
		version = system_time.version & ~1u; /* odd: differs below */
		now = read_ns();
	} while (version != system_time.version);
	latest = now > latest ? now : latest; /* the host may step its scale */
	return latest;
}

uint64_t pvclock_wall_offset_ns(void)
{
	wrmsr(MSR_WALL_CLOCK, (uintptr_t)&wall_time);
	return (uint64_t)wall_time.seconds * SECOND_NS + wall_time.nanoseconds;
}
