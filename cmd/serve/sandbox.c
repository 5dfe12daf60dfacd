/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.c - seccomp says which calls there are, Landlock which files. Both
 * are the kernel's own, by their plain calls: two short programs and a list
 * need no library. Everything else fails with EPERM, so that a library that
 * tries something new gets an error it knows, and not a signal.
 */
#define _GNU_SOURCE
#include "sandbox.h"
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#define FOREIGN 0x40000000u /* x32: other numbers under the same name */
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#define FOREIGN UINT32_MAX
#else
#error "refval-serve: no list of system calls for this processor"
#endif

/* ---- seccomp ---- */

/* What any process of ours may do: memory, time, its own descriptors, the end.
 */
static const int common[] = {
	SYS_read,
	SYS_write,
	SYS_close,
	SYS_fstat,
	SYS_lseek,
	SYS_mmap,
	SYS_munmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_brk,
	SYS_madvise,
	SYS_futex,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_gettimeofday,
	SYS_rt_sigreturn,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
	SYS_getpid,
	SYS_gettid,
	SYS_tgkill,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_sysinfo,
	SYS_uname,
	SYS_ppoll,
#ifdef __x86_64__
	SYS_poll,
	SYS_time,
#endif
};

static const int front[] = {
	SYS_accept4,	 SYS_recvfrom,	  SYS_recvmsg,	  SYS_sendmsg,
	SYS_writev,	 SYS_shutdown,	  SYS_setsockopt, SYS_getsockopt,
	SYS_getsockname, SYS_getpeername, SYS_fcntl,	  SYS_epoll_ctl,
	SYS_epoll_pwait, SYS_accept,
#ifdef __x86_64__
	SYS_epoll_wait,
#endif
};

static const int worker[] = {
	SYS_openat,  SYS_readlinkat, SYS_faccessat, SYS_getdents64,
	SYS_pread64, SYS_fcntl,	     SYS_fadvise64, SYS_newfstatat,
	SYS_statx,   SYS_faccessat2,
#ifdef __x86_64__
	SYS_open,    SYS_stat,	     SYS_lstat,	    SYS_readlink,
	SYS_access,
#endif
};

/* What no process of ours does once it has begun, the keeper included: from
 * which the others come, so that it must be able to do what they do. */
static const int never[] = {
	SYS_socket,
	SYS_connect,
	SYS_bind,
	SYS_listen,
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_unshare,
	SYS_setns,
	SYS_bpf,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_userfaultfd,
	SYS_perf_event_open,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_reboot,
	SYS_swapon,
	SYS_acct,
	SYS_settimeofday,
	SYS_open_by_handle_at,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_pidfd_getfd,
};

enum { FILTER_MAX = 512 }; /* the lists above twice, and some */
_Static_assert(
    2 * (RV_LEN(common) + RV_LEN(front) + RV_LEN(worker) + RV_LEN(never)) + 32 <
	FILTER_MAX,
    "room for a filter");

struct filter {
	struct sock_filter op[FILTER_MAX];
	unsigned short n;
};

static void add(struct filter *f, struct sock_filter op)
{
	f->op[f->n++] = op;
}

#define LOAD(field)                                                            \
	(struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                \
				      offsetof(struct seccomp_data, field))
#define RETURN(what) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, (what))
#define DENY	     (SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))

/* Jumps are relative: @yes and @no count what is passed over. */
static void jump(struct filter *f, unsigned short op, uint32_t k, uint8_t yes,
		 uint8_t no)
{
	add(f, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | op | BPF_K), k,
					    yes, no));
}

static void begin(struct filter *f)
{
	add(f, LOAD(arch));
	jump(f, BPF_JEQ, ARCH, 1, 0);
	add(f, RETURN(SECCOMP_RET_KILL_PROCESS));
	add(f, LOAD(nr));
	jump(f, BPF_JGE, FOREIGN, 0, 1);
	add(f, RETURN(SECCOMP_RET_KILL_PROCESS));
}

static void calls(struct filter *f, const int *nr, size_t n, uint32_t what)
{
	for (size_t i = 0; i < n; i++) {
		jump(f, BPF_JEQ, (uint32_t)nr[i], 0, 1);
		add(f, RETURN(what));
	}
}

/* To whoever it is connected with, and to nobody who is named. */
static void send_without_address(struct filter *f)
{
	const uint32_t at = offsetof(struct seccomp_data, args[4]);

	jump(f, BPF_JEQ, SYS_sendto, 0, 7);
	for (uint32_t half = 0; half < 2; half++) {
		add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    at + 4 * half));
		jump(f, BPF_JEQ, 0, 1, 0);
		add(f, RETURN(DENY));
	}
	add(f, RETURN(SECCOMP_RET_ALLOW));
}

static bool seccomp(enum rv_serve_room room, struct rv_err *err)
{
	struct filter f = { .n = 0 };
	struct sock_fprog program = { .filter = f.op };

	begin(&f);
	if (room == RV_ROOM_KEEPER) {
		calls(&f, never, RV_LEN(never), DENY);
		add(&f, RETURN(SECCOMP_RET_ALLOW));
	} else {
		calls(&f, common, RV_LEN(common), SECCOMP_RET_ALLOW);
		if (room == RV_ROOM_FRONT) {
			calls(&f, front, RV_LEN(front), SECCOMP_RET_ALLOW);
			send_without_address(&f);
		} else {
			calls(&f, worker, RV_LEN(worker), SECCOMP_RET_ALLOW);
		}
		add(&f, RETURN(DENY));
	}
	program.len = f.n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
		return rv_fail(err, RV_SYSTEM,
			       "seccomp: %s; nothing is served without it",
			       strerror(errno));
	return true;
}

/* ---- Landlock ---- */

/* From the kernel's documentation (userspace-api/landlock): headers of the
 * systems that this is built on know less than the kernels it runs on. */
enum {
	CREATE_RULESET = 444,
	ADD_RULE = 445,
	RESTRICT_SELF = 446,
	ASK_VERSION = 1,
	PATH_BENEATH = 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
};

struct ruleset {
	uint64_t fs, net, scoped;
};

struct __attribute__((packed)) beneath {
	uint64_t allowed;
	int32_t fd;
};

unsigned rv_serve_landlock(void)
{
	long v = syscall(CREATE_RULESET, NULL, (size_t)0, ASK_VERSION);

	return v > 0 ? (unsigned)v : 0;
}

/* All that this version can forbid. */
static struct ruleset all_of(unsigned version, size_t *n)
{
	struct ruleset r = { 0 };
	unsigned bits = version >= 5   ? 16
			: version >= 3 ? 15
			: version == 2 ? 14
				       : 13;

	r.fs = (UINT64_C(1) << bits) - 1;
	r.net = version >= 4 ? 3 : 0;	 /* bind and connect of TCP */
	r.scoped = version >= 6 ? 3 : 0; /* abstract sockets, signals */
	*n = version >= 6 ? 24 : version >= 4 ? 16 : 8;
	return r;
}

static bool landlock(const char *const *folder, size_t n, struct rv_err *err)
{
	RV_AUTO(rv_close) int rules = -1;
	unsigned version = rv_serve_landlock();
	struct ruleset r;
	size_t size;

	if (!version)
		return true;
	r = all_of(version, &size);
	rules = (int)syscall(CREATE_RULESET, &r, size, 0);
	if (rules < 0)
		return rv_fail(err, RV_SYSTEM, "Landlock: %s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_close) int fd = -1;
		struct beneath b = { .allowed = FS_READ_FILE | FS_READ_DIR };

		if (!folder[i])
			continue;
		fd = open(folder[i], O_PATH | O_CLOEXEC | O_DIRECTORY);
		b.fd = fd;
		if (fd < 0 || syscall(ADD_RULE, rules, PATH_BENEATH, &b, 0))
			return rv_fail(err, RV_SYSTEM, "Landlock: %s: %s",
				       folder[i], strerror(errno));
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(RESTRICT_SELF, rules, 0) != 0)
		return rv_fail(err, RV_SYSTEM, "Landlock: %s", strerror(errno));
	return true;
}

/* ---- is it on? ---- */

static bool worked(const char *what, struct rv_err *err)
{
	return rv_fail(err, RV_SYSTEM,
		       "the sandbox does not hold: %s worked; nothing is"
		       " served",
		       what);
}

/* By trying: what a filter says is worth what the kernel makes of it. */
static bool holds(enum rv_serve_room room, bool has_landlock,
		  struct rv_err *err)
{
	static const int family[] = { AF_INET, AF_INET6, AF_UNIX, AF_NETLINK };
	static char *const none[] = { NULL };
	struct sockaddr_in to = { .sin_family = AF_INET };

	for (size_t i = 0; i < RV_LEN(family); i++)
		if (socket(family[i], SOCK_STREAM, 0) >= 0)
			return worked("making a socket", err);
	if (connect(0, (const struct sockaddr *)&to, sizeof to) == 0 ||
	    errno != EPERM)
		return worked("asking for a connection", err);
	if (execve("/proc/self/exe", none, none) == 0 || errno != EPERM)
		return worked("asking for a program", err);
	if (room == RV_ROOM_KEEPER)
		return true;
	if (fork() >= 0)
		return worked("making a process", err);
	if (open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0)
		return worked("making a file", err);
	if ((room == RV_ROOM_FRONT || has_landlock) &&
	    open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
		return worked("reading a file elsewhere", err);
	return true;
}

bool rv_serve_sandbox(enum rv_serve_room room, const char *const *folder,
		      size_t n, struct rv_err *err)
{
	const struct rlimit none = { 0, 0 };
	/* Asked while it still can be. */
	bool has_landlock = rv_serve_landlock() != 0;

	/* Nothing that a client sent gets onto a disk, in a core file neither.
	 */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return (room == RV_ROOM_KEEPER || landlock(folder, n, err)) &&
	       seccomp(room, err) && holds(room, has_landlock, err);
}
