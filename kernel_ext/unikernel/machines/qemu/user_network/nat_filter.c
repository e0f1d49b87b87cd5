/* SPDX-License-Identifier: ISC */
/* What the guests behind a NAT may reach. QEMU's user network makes an ordinary socket of
 * this process of whatever a guest connects to, so a library that is loaded before the C
 * library (LD_PRELOAD, ld.so(8)) sees every destination:
 *
 *   UNIKERNEL_NAT        words, each allowing more: "internet", other hosts; "host", this
 * one UNIKERNEL_NAT_DNS    addresses of this host's resolvers, which "internet" includes
 * at port 53
 *
 * An address is this host's when a socket can be bound to it: that holds for 127.0.0.0/8,
 * for 0.0.0.0, and for every interface as it is at that moment. Answers to datagrams that
 * came in at a forwarded port go back whatever is allowed.
 *
 * Needs no header and no library, so that any C compiler of the host makes it. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

/* linux/socket.h, linux/in.h, asm-generic/errno.h and x86-64's system calls */
enum {
	INET = 2,
	INET6 = 10,
	DGRAM = 2,
	CLOEXEC = 02000000,
	REFUSED = 111,
	UNREACHABLE = 113
};
enum { CLOSE = 3, SOCKET = 41, CONNECT, SENDTO = 44, RECVFROM, SENDMSG, BIND = 49 };

union address {
	u16 family;
	struct {
		u16 family, port;
		u8 bytes[4];
	} v4;
	struct {
		u16 family, port;
		u32 flow;
		u8 bytes[16];
		u32 scope;
	} v6;
};

struct message { /* struct msghdr */
	const union address *name;
	u32 name_length;
};

extern char *getenv(const char *name);
extern int *__errno_location(void);
extern long write(int fd, const void *bytes, u64 length);

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static long told(long result)
{
	if (result >= 0)
		return result;
	*__errno_location() = (int)-result;
	return -1;
}

/* Whether `text`, words between blanks or commas, has the word of this length. */
static int names(const char *text, const char *word, u64 length)
{
	for (u64 at = 0, matched = 0; text; at++) {
		char c = text[at];
		int ends = !c || c == ' ' || c == ',';
		if (ends && matched == length)
			return 1;
		if (!c)
			return 0;
		matched = ends					   ? 0
			  : matched < length && c == word[matched] ? matched + 1
								   : length + 1;
	}
	return 0;
}

static int allows(const char *word, u64 length)
{
	return names(getenv("UNIKERNEL_NAT"), word, length);
}

static int is_inet(const union address *to)
{
	return to && (to->family == INET || to->family == INET6);
}

static int is_local(const union address *to, long length)
{
	union address any_port = {0};
	for (long i = 0; i < length && i < (long)sizeof any_port; i++)
		((u8 *)&any_port)[i] = ((const u8 *)to)[i];
	any_port.v4.port = 0; /* at the same place in both */
	long fd = call(SOCKET, to->family, DGRAM | CLOEXEC, 0, 0, 0, 0);
	long refused = call(BIND, fd, (long)&any_port, length, 0, 0, 0);
	call(CLOSE, fd, 0, 0, 0, 0, 0);
	return !refused;
}

/* A resolver as UNIKERNEL_NAT_DNS writes it: only IPv4 ones are passed on by the NAT. */
static int is_resolver(const union address *to)
{
	char text[16];
	u64 length = 0;
	if (to->family != INET || to->v4.port != 53 << 8)
		return 0;
	for (int i = 0; i < 4; i++) {
		u8 byte = to->v4.bytes[i];
		if (byte > 99)
			text[length++] = (char)('0' + byte / 100);
		if (byte > 9)
			text[length++] = (char)('0' + byte / 10 % 10);
		text[length++] = (char)('0' + byte % 10);
		text[length++] = '.';
	}
	return names(getenv("UNIKERNEL_NAT_DNS"), text, length - 1);
}

static int may_reach(const union address *to, long length)
{
	int internet = allows("internet", 8), host = allows("host", 4);
	if (!is_inet(to) || (internet && host))
		return 1;
	if (internet && is_resolver(to))
		return 1;
	return is_local(to, length) ? host : internet;
}

/* Who has sent to which socket lately: direct-mapped, so that a flood of senders costs
 * old ones their answers and nothing else. A socket's number is used again after its end,
 * so each socket has a serial number, too. */
#define PEERS 4096
#define SOCKETS 65536
static struct {
	u32 serial;
	int fd;
	union address address;
} peers[PEERS];
static u32 serials[SOCKETS];

static u32 place(int fd, const union address *peer)
{
	u32 hash = (u32)fd;
	for (u32 i = 0; i < (peer->family == INET ? 8 : 24); i++)
		hash = (hash ^ ((const u8 *)peer)[i]) * 16777619u; /* FNV-1a */
	return hash % PEERS;
}

static int same(const union address *a, const union address *b)
{
	for (u32 i = 0; i < (a->family == INET ? 8 : 24); i++)
		if (((const u8 *)a)[i] != ((const u8 *)b)[i])
			return 0;
	return 1;
}

static int has_sent(int fd, const union address *peer)
{
	u32 at = place(fd, peer);
	return peers[at].fd == fd && peers[at].serial == serials[(u32)fd % SOCKETS] &&
	       same(peer, &peers[at].address);
}

/* What the NAT is told of a destination that is refused, by this or by the kernel.
 * libslirp 4.7 ends QEMU when a connection over IPv6 is refused at once; it survives this
 * one. */
static long refusal(const union address *to)
{
	return to->family == INET6 ? -UNREACHABLE : -REFUSED;
}

int socket(int family, int type, int protocol)
{
	long fd = told(call(SOCKET, family, type, protocol, 0, 0, 0));
	if (fd >= 0)
		serials[fd % SOCKETS]++;
	return (int)fd;
}

int connect(int fd, const union address *to, u32 length)
{
	if (!may_reach(to, length))
		return (int)told(refusal(to));
	long result = call(CONNECT, fd, (long)to, length, 0, 0, 0);
	return (int)told(result == -REFUSED && is_inet(to) ? refusal(to) : result);
}

long sendto(int fd, const void *bytes, u64 size, int flags, const union address *to,
	    u32 length)
{
	if (is_inet(to) && !has_sent(fd, to) && !may_reach(to, length))
		return told(refusal(to));
	return told(call(SENDTO, fd, (long)bytes, (long)size, flags, (long)to, length));
}

long sendmsg(int fd, const struct message *message, int flags)
{
	if (!may_reach(message->name, message->name_length))
		return told(refusal(message->name));
	return told(call(SENDMSG, fd, (long)message, flags, 0, 0, 0));
}

long recvfrom(int fd, void *bytes, u64 size, int flags, union address *from, u32 *length)
{
	long got = told(call(RECVFROM, fd, (long)bytes, (long)size, flags, (long)from,
			     (long)length));
	if (got >= 0 && is_inet(from)) {
		u32 at = place(fd, from);
		peers[at].fd = fd;
		peers[at].serial = serials[(u32)fd % SOCKETS];
		peers[at].address = *from;
	}
	return got;
}

/* Proves to whoever asks that this is in place: a loader that cannot load it goes on
 * without. */
__attribute__((constructor)) static void prove(void)
{
	static const char line[] = "the filter of the NAT is in place\n";
	if (allows("prove", 5))
		write(2, line, sizeof line - 1);
}
