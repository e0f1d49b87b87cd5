/* SPDX-License-Identifier: ISC */
/* The ones-complement sum behind the Internet checksum (RFC 1071). */
#include <stdint.h>
#include <string.h>

#include <caml/bigarray.h>
#include <caml/mlvalues.h>

__extension__ typedef unsigned __int128 uint128_t;

/* 64-bit words are summed with their carries kept apart, which the compiler
 * turns into an addition with carry a word; the order of bytes does not matter
 * until the end (RFC 1071, section 2 (B)). */
static uint64_t sum_bytes(const uint8_t *at, uint64_t length)
{
	uint128_t sum = 0;
	uint64_t word;

	for (; length >= 32; at += 32, length -= 32) {
		uint64_t words[4];
		memcpy(words, at, sizeof(words));
		sum += words[0];
		sum += words[1];
		sum += words[2];
		sum += words[3];
	}
	for (; length >= 8; at += 8, length -= 8) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, at, length);
	sum += word;

	sum = (uint64_t)sum + (sum >> 64);
	return (uint64_t)sum + (uint64_t)(sum >> 64);
}

static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return __builtin_bswap16((uint16_t)sum);
}

/* The range was checked by Cstruct. */
intnat tcpip_checksum_sum(value buffer, intnat offset, intnat length)
{
	const uint8_t *data = Caml_ba_data_val(buffer);

	return fold(sum_bytes(data + offset, (uint64_t)length));
}

value tcpip_checksum_sum_byte(value buffer, value offset, value length)
{
	return Val_long(tcpip_checksum_sum(buffer, Long_val(offset), Long_val(length)));
}
