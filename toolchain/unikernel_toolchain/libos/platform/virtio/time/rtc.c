/* SPDX-License-Identifier: ISC */
/* A read while the clock counts on gives parts of two times. A bit warns of it, but the
 * guest may be held between bit and bytes: two readings must agree.
 */
#include "rtc.h"
#include "common/memory_functions.h"
#include "x86_64/common/x86.h"

#define PORT_INDEX 0x70
#define PORT_DATA 0x71
#define STATUS_A 0x0a
#define STATUS_A_UPDATING 0x80
#define STATUS_B 0x0b
#define STATUS_B_24_HOURS 0x02
#define STATUS_B_BINARY 0x04
#define HOUR_PM 0x80
#define NO_CLOCK 0xff
#define TRIES 10000

struct date {
	uint8_t second, minute, hour, day, month, year;
};

static uint8_t read(uint8_t index)
{
	outb(PORT_INDEX, index);
	return inb(PORT_DATA);
}

static struct date read_date(void)
{
	for (unsigned i = 0; i < TRIES && read(STATUS_A) & STATUS_A_UPDATING; i++)
		;
	return (struct date){read(0), read(2), read(4), read(7), read(8), read(9)};
}

static uint8_t from_bcd(uint8_t value)
{
	return (uint8_t)((value >> 4) * 10 + (value & 0x0f));
}

static void decode(struct date *d)
{
	uint8_t format = read(STATUS_B);
	uint8_t pm = d->hour & HOUR_PM;
	d->hour &= (uint8_t)~HOUR_PM;
	if (!(format & STATUS_B_BINARY))
		*d = (struct date){from_bcd(d->second), from_bcd(d->minute),
				   from_bcd(d->hour),	from_bcd(d->day),
				   from_bcd(d->month),	from_bcd(d->year)};
	if (!(format & STATUS_B_24_HOURS))
		d->hour = (uint8_t)(d->hour % 12 + (pm ? 12 : 0));
}

/* Days from 1970-01-01 to 20yy-mm-dd; the year begins in March, so that the leap day
 * is its last. */
static uint64_t days(unsigned year, unsigned month, unsigned day)
{
	unsigned y = 2000 + year - (month <= 2);
	unsigned month_from_march = (month + 9) % 12;
	unsigned day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	/* 719468 days lie between 1 March of the year 0 and 1 January 1970 */
	return y * 365u + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

uint64_t rtc_seconds(void)
{
	if (read(STATUS_A) == NO_CLOCK)
		return 0;
	struct date d = read_date(), again;
	while (again = read_date(), memcmp(&d, &again, sizeof d))
		d = again;
	decode(&d);
	return ((days(d.year, d.month, d.day) * 24 + d.hour) * 60 + d.minute) * 60 +
	       d.second;
}
