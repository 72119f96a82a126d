# SPDX-License-Identifier: Apache-2.0
# Every system call of x86-64 (syscalls64) and of i386 (syscalls32: int 0x80 and 32-bit programs), one row per call.
# The recorder puts both lists into the trace, so that a reader needs no table of its own.
#
# Numbers and names are those of asm/unistd_64.h and asm/unistd_32.h. Argument names and their order are those of the
# kernel's own definitions (tracefs events/syscalls/sys_enter_*/format); what the kernel does not say (types, results,
# families, groups, calls that this or that kernel was built without, all of i386) is written by hand.
# scripts/syscalls-from-tracefs compares this file with the running kernel and prints the rows that are missing here.
# A call without arguments that Linux has never implemented (tuxcall, vserver, ...) has none here either.
#
# alias    the family: calls that do the same thing with other parameters share one ("open": open, openat, openat2,
#          creat). A call that has no relatives is its own family.
# groups   the sets that strace's %file, %process, %network, %signal, %ipc, %desc, %memory, %creds and %clock select,
#          and what strace leaves out of them (close_range: desc, stime: clock, socketcall: network):
#   file     takes a file name (getcwd and fsconfig too)
#   process  makes, ends, waits for or signals a process or thread
#   network  sockets
#   signal   sends, handles or waits for signals
#   ipc      System V shared memory, semaphores, message queues
#   desc     takes or returns a file descriptor; a call that only sockets have is in network instead
#   memory   changes or asks about the address space
#   creds    user, group and capability identity
#   clock    reads or sets a clock
# bytes    where the result counts bytes that moved through the call's descriptor: read, write, both (from one descriptor to
#          another) or copied (likewise, but they stay in the first one), else absent. Calls of 64-bit programs whose result
#          counts messages have it, too: the recorder adds up what moved.
#
# The descriptor that a call is about, whose file the recorder looks up, is its first argument of type fd. A call
# without one (dirfd does not count) has no such file.
#
# Results
#   fd             a new descriptor
#   bytes          a byte count
#   count          a number of something else: messages, ready descriptors, woken threads
#   address        a user address
#   pid            a process or thread id
#   offset         a position in a file
#   time           seconds, or clock ticks (times)
#   mode           permission bits (umask)
#   value          a number whose meaning depends on the call
#   zero           0; a failure is the only other outcome
#   flags:X, enum:X  a value with names (personality, sched_getscheduler)
#   none           does not return
#   Every kind but none may be -errno instead.
#
# Argument types: descriptors and names
#   fd             an open descriptor that the call operates on; -1 where the call allows "none" (mmap, signalfd)
#   dirfd          a directory descriptor, or AT_FDCWD, from which a path or file handle argument starts
#   newfd          the descriptor number that the call makes (dup2, dup3)
#   fdpair         two descriptors that the kernel returns (pipe, socketpair)
#   path           a NUL-terminated file name; may be NULL where the call allows it
#   string         other NUL-terminated text: attribute name, file system type, key type, queue name
#
# Names of the values of enum:X and flags:X are in symbols.capnp, which also says where an argument decides about the
# types of those behind it (fcntl, futex, prctl, ...) or of the result.
#
# Argument types: numbers
#   int            signed; also ids that the kernel hands out (System V ipc, timers, keys, watches)
#   uint           unsigned; also flags that must be 0 today, and halves (_l, _h) of a 64-bit number on i386
#   size           a number of bytes, or of elements of the array before it
#   offset         a position or length in a file
#   -              not used: the upper half of an offset that is in the argument before it (preadv of 64-bit programs)
#   hex            a number that is shown in hexadecimal
#   hexoffset      an offset that is shown in hexadecimal
#   pageoffset     an offset in pages of 4096 bytes
#   mode           permission bits
#   create_mode    the same; used only if the open flags before it make a file
#   file_mode      permission bits and the file type
#   dev            a device number; behind a file_mode used only if that is a device
#   pid            a process, thread or process group id
#   uid            a user id; -1 where the call allows "unchanged"
#   gid            a group id; likewise
#   signal         a signal number
#   ipckey         a System V key, 0 is IPC_PRIVATE
#   aioctx         a context from io_setup
#   address        a user address that is a place, not a parameter block: mmap, brk, a thread's stack
#   arg            a number or an address: the call's enum argument says which
#   futex_wake_op  what FUTEX_WAKE_OP does and compares (only in symbols.capnp)
#
# Argument types: addresses of what the kernel reads or writes
#   pointer        anything without a type of its own below: data, or a structure that only this call knows
#   offsetptr      a 64-bit file position
#   sizeptr        a size, in and out
#   argv           a NULL-terminated array of strings
#   iovec          an array of struct iovec
#   msghdr         struct msghdr
#   mmsghdr        an array of struct mmsghdr
#   sockaddr       struct sockaddr of any family
#   pollfd         an array of struct pollfd
#   fdset          a select bit set
#   epoll_event    struct epoll_event, one or an array
#   timespec       struct timespec (two of them for utimensat)
#   timeval        struct timeval (two of them for utimes)
#   itimerspec     struct itimerspec
#   itimerval      struct itimerval
#   timex          struct timex
#   tms            struct tms
#   sigset         a signal set
#   sigaction      struct sigaction
#   siginfo        siginfo_t
#   stat           struct stat
#   statx          struct statx
#   statfs         struct statfs
#   rlimit         struct rlimit
#   rusage         struct rusage
#   sysinfo        struct sysinfo
#   utsname        struct utsname
#   open_how       struct open_how
#   clone_args     struct clone_args
#   cap_header     struct __user_cap_header_struct
#   cap_data       struct __user_cap_data_struct, one or two of them by the header's version
#   cpuset         a set of CPUs
#   nodemask       a set of NUMA nodes, in words of 64 bits
#   addresses      an array of addresses
#   ints           an array of int
#   page_status    an array of int: nodes, or negative errnos
#   intptr         an int that is returned or passed; likewise longptr, addressptr, mempolicyptr
#   stack          stack_t
#   sched_param    struct sched_param
#   sched_attr     struct sched_attr
#   sigevent       struct sigevent
#   mq_attr        struct mq_attr
#   futex_waitv    an array of struct futex_waitv
#   sembuf         an array of struct sembuf
#   io_event       an array of struct io_event
#   mount_attr     struct mount_attr
#   landlock_ruleset  struct landlock_ruleset_attr
#   utimbuf        struct utimbuf
#
# Only in symbols.capnp, where another argument decides; out:X is an X that a call which succeeds has written
#   flock          struct flock; flock_found with the owner, as F_GETLK returns it
#   f_owner_ex     struct f_owner_ex
#   winsize        struct winsize
#   sock_fprog     struct sock_fprog
#   landlock_path, landlock_port  struct landlock_path_beneath_attr, landlock_net_port_attr
#   shmid, semid, msqid           struct shmid_ds, semid_ds, msqid_ds; with _set what IPC_SET takes of it
#
# Argument types: one of a set of names
#   enum:arch_prctl         ARCH_*
#   enum:bpf                BPF_PROG_LOAD, ... (bpf commands)
#   enum:clock              CLOCK_*
#   enum:epoll_ctl          EPOLL_CTL_*
#   enum:fadvise            POSIX_FADV_*
#   enum:fcntl              F_DUPFD, F_GETFL, ...
#   enum:flock              LOCK_*
#   enum:fsconfig           FSCONFIG_*
#   enum:futex_op           FUTEX_WAIT, ..., with FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
#   enum:io_uring_register  IORING_REGISTER_*, IORING_UNREGISTER_*
#   enum:ioctl              an ioctl request
#   enum:ioprio_which       IOPRIO_WHO_*
#   enum:ipc                SEMOP, MSGSND, SHMAT, ... (i386 ipc multiplexer)
#   enum:itimer             ITIMER_*
#   enum:kcmp               KCMP_*
#   enum:keyctl             KEYCTL_*
#   enum:landlock_rule      LANDLOCK_RULE_*
#   enum:lsm_attr           LSM_ATTR_*
#   enum:madvise            MADV_*
#   enum:membarrier         MEMBARRIER_CMD_*
#   enum:mempolicy          MPOL_DEFAULT, MPOL_BIND, ..., with the MPOL_F_* mode flags
#   enum:msgctl             IPC_*, MSG_*
#   enum:prctl              PR_*
#   enum:priority_which     PRIO_*
#   enum:ptrace             PTRACE_*
#   enum:quotactl           Q_*, with the quota type
#   enum:reboot             LINUX_REBOOT_CMD_*
#   enum:reboot_magic       LINUX_REBOOT_MAGIC*
#   enum:rlimit             RLIMIT_*
#   enum:rusage             RUSAGE_*
#   enum:sched_policy       SCHED_*
#   enum:seccomp            SECCOMP_SET_*, SECCOMP_GET_*
#   enum:semctl             IPC_*, SEM_*, GETVAL, SETVAL, ...
#   enum:shmctl             IPC_*, SHM_*
#   enum:shutdown           SHUT_*
#   enum:sigprocmask        SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK
#   enum:socket_domain      AF_*
#   enum:socket_protocol    IPPROTO_*, or what the domain defines
#   enum:socket_type        SOCK_*, with SOCK_CLOEXEC and SOCK_NONBLOCK
#   enum:socketcall         SYS_SOCKET, ... (i386 socket multiplexer)
#   enum:sockopt            SO_*, TCP_*, ...: depends on the level
#   enum:sockopt_level      SOL_*
#   enum:syslog             SYSLOG_ACTION_*
#   enum:vm86               VM86_*
#   enum:waitid             P_*
#   enum:whence             SEEK_*
#
# Argument types: bit sets
#   flags:access            R_OK, W_OK, X_OK; 0 is F_OK
#   flags:at                AT_*
#   flags:clone             CLONE_*, with the exit signal for clone
#   flags:close_range       CLOSE_RANGE_*
#   flags:delete_module     O_NONBLOCK, O_TRUNC
#   flags:dup3              O_CLOEXEC
#   flags:epoll_create      EPOLL_CLOEXEC
#   flags:eventfd           EFD_*
#   flags:execveat          AT_* of execveat
#   flags:faccessat         AT_* of faccessat2
#   flags:fallocate         FALLOC_FL_*
#   flags:fanotify_event    FAN_ACCESS, FAN_MODIFY, ...
#   flags:fanotify_init     FAN_CLOEXEC, FAN_CLASS_*, FAN_REPORT_*, ...
#   flags:fanotify_mark     FAN_MARK_*
#   flags:file_attr         AT_* of file_getattr
#   flags:finit_module      MODULE_INIT_*
#   flags:fsmount           FSMOUNT_*
#   flags:fsopen            FSOPEN_*
#   flags:fspick            FSPICK_*
#   flags:futex2            FUTEX2_*
#   flags:get_mempolicy     MPOL_F_NODE, MPOL_F_ADDR, MPOL_F_MEMS_ALLOWED
#   flags:getrandom         GRND_*
#   flags:handle_at         AT_* of name_to_handle_at
#   flags:inotify           IN_ACCESS, IN_MODIFY, ..., IN_ONLYDIR, ...
#   flags:inotify_init      IN_CLOEXEC, IN_NONBLOCK
#   flags:io_uring_enter    IORING_ENTER_*
#   flags:kexec             KEXEC_*
#   flags:kexec_file        KEXEC_FILE_*
#   flags:landlock_create   LANDLOCK_CREATE_RULESET_*
#   flags:landlock_restrict LANDLOCK_RESTRICT_SELF_*
#   flags:listmount         LISTMOUNT_*
#   flags:lsm_get           LSM_FLAG_*
#   flags:map_shadow_stack  SHADOW_STACK_*
#   flags:mbind             MPOL_MF_*
#   flags:membarrier        MEMBARRIER_CMD_FLAG_*
#   flags:memfd_create      MFD_*
#   flags:memfd_secret      FD_CLOEXEC
#   flags:mlock             MLOCK_*
#   flags:mlockall          MCL_*
#   flags:mmap              MAP_*
#   flags:mount             MS_*
#   flags:mount_attr        MOUNT_ATTR_*
#   flags:mount_setattr     AT_* of mount_setattr
#   flags:move_mount        MOVE_MOUNT_*
#   flags:mremap            MREMAP_*
#   flags:msg               MSG_* of send and recv
#   flags:msgget            the same
#   flags:msgop             IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY
#   flags:msync             MS_ASYNC, MS_INVALIDATE, MS_SYNC
#   flags:open              O_*
#   flags:open_tree         OPEN_TREE_*, AT_*
#   flags:perf_event_open   PERF_FLAG_*
#   flags:personality       PER_*, ADDR_NO_RANDOMIZE, ...
#   flags:pidfd_open        PIDFD_NONBLOCK, PIDFD_THREAD
#   flags:pidfd_send_signal PIDFD_SIGNAL_*
#   flags:pipe              O_CLOEXEC, O_DIRECT, O_NONBLOCK
#   flags:pkey_rights       PKEY_DISABLE_*
#   flags:prot              PROT_*
#   flags:rename            RENAME_*
#   flags:rseq              RSEQ_FLAG_*
#   flags:rwf               RWF_*
#   flags:seccomp           SECCOMP_FILTER_FLAG_*
#   flags:semget            IPC_CREAT, IPC_EXCL, with permission bits
#   flags:setns             CLONE_NEW*
#   flags:shmat             SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC
#   flags:shmget            IPC_CREAT, IPC_EXCL, SHM_*, with permission bits
#   flags:signalfd          SFD_*
#   flags:socket            SOCK_CLOEXEC, SOCK_NONBLOCK
#   flags:splice            SPLICE_F_*
#   flags:statx_at          AT_* of statx
#   flags:statx_mask        STATX_*
#   flags:swapon            SWAP_FLAG_*
#   flags:sync_file_range   SYNC_FILE_RANGE_*
#   flags:timer             TIMER_ABSTIME
#   flags:timerfd_create    TFD_CLOEXEC, TFD_NONBLOCK
#   flags:timerfd_settime   TFD_TIMER_*
#   flags:umount            MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW
#   flags:unlinkat          AT_REMOVEDIR
#   flags:unshare           CLONE_* of unshare
#   flags:userfaultfd       UFFD_USER_MODE_ONLY, O_CLOEXEC, O_NONBLOCK
#   flags:wait              WNOHANG, WUNTRACED, WEXITED, ...
#   flags:waitid            WNOHANG, WSTOPPED, WEXITED, ...
#   flags:xattr             XATTR_CREATE, XATTR_REPLACE
@0xef065270f475c8e2;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");
using import "call_types.capnp".SyscallType;

const syscalls64 :List(SyscallType) = [
  (number = 0, name = "read", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size")]),
  (number = 1, name = "write", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size")]),
  (number = 2, name = "open", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "filename", type = "path"), (name = "flags", type = "flags:open"), (name = "mode", type = "create_mode")]),
  (number = 3, name = "close", alias = "close", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 4, name = "stat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 5, name = "fstat", alias = "stat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "statbuf", type = "stat")]),
  (number = 6, name = "lstat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 7, name = "poll", alias = "poll", result = "count", groups = ["desc"], args = [(name = "ufds", type = "pollfd"), (name = "nfds", type = "uint"), (name = "timeout_msecs", type = "int")]),
  (number = 8, name = "lseek", alias = "lseek", result = "offset", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset", type = "offset"), (name = "whence", type = "enum:whence")]),
  (number = 9, name = "mmap", alias = "mmap", result = "address", groups = ["desc", "memory"], args = [(name = "addr", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot"), (name = "flags", type = "flags:mmap"), (name = "fd", type = "fd"), (name = "off", type = "hexoffset")]),
  (number = 10, name = "mprotect", alias = "mprotect", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot")]),
  (number = 11, name = "munmap", alias = "munmap", result = "zero", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "len", type = "size")]),
  (number = 12, name = "brk", alias = "brk", result = "address", groups = ["memory"], args = [(name = "brk", type = "address")]),
  (number = 13, name = "rt_sigaction", alias = "sigaction", result = "zero", groups = ["signal"], args = [(name = "sig", type = "signal"), (name = "act", type = "sigaction"), (name = "oact", type = "sigaction"), (name = "sigsetsize", type = "size")]),
  (number = 14, name = "rt_sigprocmask", alias = "sigprocmask", result = "zero", groups = ["signal"], args = [(name = "how", type = "enum:sigprocmask"), (name = "nset", type = "sigset"), (name = "oset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 15, name = "rt_sigreturn", alias = "sigreturn", result = "value", groups = ["signal"]),
  (number = 16, name = "ioctl", alias = "ioctl", result = "value", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:ioctl"), (name = "arg", type = "arg")]),
  (number = 17, name = "pread64", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size"), (name = "pos", type = "offset")]),
  (number = 18, name = "pwrite64", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size"), (name = "pos", type = "offset")]),
  (number = 19, name = "readv", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size")]),
  (number = 20, name = "writev", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size")]),
  (number = 21, name = "access", alias = "access", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "flags:access")]),
  (number = 22, name = "pipe", alias = "pipe", result = "zero", groups = ["desc"], args = [(name = "fildes", type = "fdpair")]),
  (number = 23, name = "select", alias = "select", result = "count", groups = ["desc"], args = [(name = "n", type = "int"), (name = "inp", type = "fdset"), (name = "outp", type = "fdset"), (name = "exp", type = "fdset"), (name = "tvp", type = "timeval")]),
  (number = 24, name = "sched_yield", alias = "sched_yield", result = "zero"),
  (number = 25, name = "mremap", alias = "mremap", result = "address", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "old_len", type = "size"), (name = "new_len", type = "size"), (name = "flags", type = "flags:mremap"), (name = "new_addr", type = "address")]),
  (number = 26, name = "msync", alias = "msync", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "flags:msync")]),
  (number = 27, name = "mincore", alias = "mincore", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "vec", type = "pointer")]),
  (number = 28, name = "madvise", alias = "madvise", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len_in", type = "size"), (name = "behavior", type = "enum:madvise")]),
  (number = 29, name = "shmget", alias = "shmget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "size", type = "size"), (name = "shmflg", type = "flags:shmget")]),
  (number = 30, name = "shmat", alias = "shmat", result = "address", groups = ["ipc", "memory"], args = [(name = "shmid", type = "int"), (name = "shmaddr", type = "address"), (name = "shmflg", type = "flags:shmat")]),
  (number = 31, name = "shmctl", alias = "shmctl", result = "value", groups = ["ipc"], args = [(name = "shmid", type = "int"), (name = "cmd", type = "enum:shmctl"), (name = "buf", type = "pointer")]),
  (number = 32, name = "dup", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd")]),
  (number = 33, name = "dup2", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd"), (name = "newfd", type = "newfd")]),
  (number = 34, name = "pause", alias = "pause", result = "zero", groups = ["signal"]),
  (number = 35, name = "nanosleep", alias = "nanosleep", result = "zero", args = [(name = "rqtp", type = "timespec"), (name = "rmtp", type = "timespec")]),
  (number = 36, name = "getitimer", alias = "getitimer", result = "zero", args = [(name = "which", type = "enum:itimer"), (name = "value", type = "itimerval")]),
  (number = 37, name = "alarm", alias = "alarm", result = "value", args = [(name = "seconds", type = "uint")]),
  (number = 38, name = "setitimer", alias = "setitimer", result = "zero", args = [(name = "which", type = "enum:itimer"), (name = "value", type = "itimerval"), (name = "ovalue", type = "itimerval")]),
  (number = 39, name = "getpid", alias = "getpid", result = "pid"),
  (number = 40, name = "sendfile", alias = "sendfile", result = "bytes", groups = ["network", "desc"], bytes = both, args = [(name = "out_fd", type = "fd"), (name = "in_fd", type = "fd"), (name = "offset", type = "offsetptr"), (name = "count", type = "size")]),
  (number = 41, name = "socket", alias = "socket", result = "fd", groups = ["network"], args = [(name = "family", type = "enum:socket_domain"), (name = "type", type = "enum:socket_type"), (name = "protocol", type = "enum:socket_protocol")]),
  (number = 42, name = "connect", alias = "connect", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "uservaddr", type = "sockaddr"), (name = "addrlen", type = "size")]),
  (number = 43, name = "accept", alias = "accept", result = "fd", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "upeer_sockaddr", type = "sockaddr"), (name = "upeer_addrlen", type = "sizeptr")]),
  (number = 44, name = "sendto", alias = "send", result = "bytes", groups = ["network"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buff", type = "pointer"), (name = "len", type = "size"), (name = "flags", type = "flags:msg"), (name = "addr", type = "sockaddr"), (name = "addr_len", type = "size")]),
  (number = 45, name = "recvfrom", alias = "recv", result = "bytes", groups = ["network"], bytes = read, args = [(name = "fd", type = "fd"), (name = "ubuf", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:msg"), (name = "addr", type = "sockaddr"), (name = "addr_len", type = "sizeptr")]),
  (number = 46, name = "sendmsg", alias = "send", result = "bytes", groups = ["network"], bytes = write, args = [(name = "fd", type = "fd"), (name = "msg", type = "msghdr"), (name = "flags", type = "flags:msg")]),
  (number = 47, name = "recvmsg", alias = "recv", result = "bytes", groups = ["network"], bytes = read, args = [(name = "fd", type = "fd"), (name = "msg", type = "msghdr"), (name = "flags", type = "flags:msg")]),
  (number = 48, name = "shutdown", alias = "shutdown", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "how", type = "enum:shutdown")]),
  (number = 49, name = "bind", alias = "bind", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "umyaddr", type = "sockaddr"), (name = "addrlen", type = "size")]),
  (number = 50, name = "listen", alias = "listen", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "backlog", type = "int")]),
  (number = 51, name = "getsockname", alias = "getsockname", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "usockaddr", type = "sockaddr"), (name = "usockaddr_len", type = "sizeptr")]),
  (number = 52, name = "getpeername", alias = "getpeername", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "usockaddr", type = "sockaddr"), (name = "usockaddr_len", type = "sizeptr")]),
  (number = 53, name = "socketpair", alias = "socketpair", result = "zero", groups = ["network"], args = [(name = "family", type = "enum:socket_domain"), (name = "type", type = "enum:socket_type"), (name = "protocol", type = "enum:socket_protocol"), (name = "usockvec", type = "fdpair")]),
  (number = 54, name = "setsockopt", alias = "setsockopt", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "level", type = "enum:sockopt_level"), (name = "optname", type = "enum:sockopt"), (name = "optval", type = "pointer"), (name = "optlen", type = "size")]),
  (number = 55, name = "getsockopt", alias = "getsockopt", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "level", type = "enum:sockopt_level"), (name = "optname", type = "enum:sockopt"), (name = "optval", type = "pointer"), (name = "optlen", type = "sizeptr")]),
  (number = 56, name = "clone", alias = "clone", result = "pid", groups = ["process"], args = [(name = "clone_flags", type = "flags:clone"), (name = "newsp", type = "address"), (name = "parent_tidptr", type = "pointer"), (name = "child_tidptr", type = "pointer"), (name = "tls", type = "address")]),
  (number = 57, name = "fork", alias = "clone", result = "pid", groups = ["process"]),
  (number = 58, name = "vfork", alias = "clone", result = "pid", groups = ["process"]),
  (number = 59, name = "execve", alias = "execve", result = "zero", groups = ["file", "process"], args = [(name = "filename", type = "path"), (name = "argv", type = "argv"), (name = "envp", type = "argv")]),
  (number = 60, name = "exit", alias = "exit", result = "none", groups = ["process"], args = [(name = "error_code", type = "int")]),
  (number = 61, name = "wait4", alias = "wait", result = "pid", groups = ["process"], args = [(name = "upid", type = "pid"), (name = "stat_addr", type = "pointer"), (name = "options", type = "flags:wait"), (name = "ru", type = "rusage")]),
  (number = 62, name = "kill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 63, name = "uname", alias = "uname", result = "zero", args = [(name = "name", type = "utsname")]),
  (number = 64, name = "semget", alias = "semget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "nsems", type = "int"), (name = "semflg", type = "flags:semget")]),
  (number = 65, name = "semop", alias = "semop", result = "zero", groups = ["ipc"], args = [(name = "semid", type = "int"), (name = "tsops", type = "sembuf"), (name = "nsops", type = "uint")]),
  (number = 66, name = "semctl", alias = "semctl", result = "value", groups = ["ipc"], args = [(name = "semid", type = "int"), (name = "semnum", type = "int"), (name = "cmd", type = "enum:semctl"), (name = "arg", type = "arg")]),
  (number = 67, name = "shmdt", alias = "shmdt", result = "zero", groups = ["ipc", "memory"], args = [(name = "shmaddr", type = "address")]),
  (number = 68, name = "msgget", alias = "msgget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "msgflg", type = "flags:msgget")]),
  (number = 69, name = "msgsnd", alias = "msgsnd", result = "zero", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "msgp", type = "pointer"), (name = "msgsz", type = "size"), (name = "msgflg", type = "flags:msgop")]),
  (number = 70, name = "msgrcv", alias = "msgrcv", result = "bytes", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "msgp", type = "pointer"), (name = "msgsz", type = "size"), (name = "msgtyp", type = "int"), (name = "msgflg", type = "flags:msgop")]),
  (number = 71, name = "msgctl", alias = "msgctl", result = "value", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "cmd", type = "enum:msgctl"), (name = "buf", type = "pointer")]),
  (number = 72, name = "fcntl", alias = "fcntl", result = "value", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:fcntl"), (name = "arg", type = "arg")]),
  (number = 73, name = "flock", alias = "flock", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:flock")]),
  (number = 74, name = "fsync", alias = "fsync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 75, name = "fdatasync", alias = "fsync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 76, name = "truncate", alias = "truncate", result = "zero", groups = ["file"], args = [(name = "path", type = "path"), (name = "length", type = "offset")]),
  (number = 77, name = "ftruncate", alias = "truncate", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "length", type = "offset")]),
  (number = 78, name = "getdents", alias = "getdents", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "dirent", type = "pointer"), (name = "count", type = "size")]),
  (number = 79, name = "getcwd", alias = "getcwd", result = "bytes", groups = ["file"], args = [(name = "buf", type = "pointer"), (name = "size", type = "size")]),
  (number = 80, name = "chdir", alias = "chdir", result = "zero", groups = ["file"], args = [(name = "filename", type = "path")]),
  (number = 81, name = "fchdir", alias = "chdir", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 82, name = "rename", alias = "rename", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 83, name = "mkdir", alias = "mkdir", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 84, name = "rmdir", alias = "rmdir", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path")]),
  (number = 85, name = "creat", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 86, name = "link", alias = "link", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 87, name = "unlink", alias = "unlink", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path")]),
  (number = 88, name = "symlink", alias = "symlink", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 89, name = "readlink", alias = "readlink", result = "bytes", groups = ["file"], args = [(name = "path", type = "path"), (name = "buf", type = "pointer"), (name = "bufsiz", type = "size")]),
  (number = 90, name = "chmod", alias = "chmod", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "mode")]),
  (number = 91, name = "fchmod", alias = "chmod", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "mode", type = "mode")]),
  (number = 92, name = "chown", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 93, name = "fchown", alias = "chown", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 94, name = "lchown", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 95, name = "umask", alias = "umask", result = "mode", args = [(name = "mask", type = "mode")]),
  (number = 96, name = "gettimeofday", alias = "gettimeofday", result = "zero", groups = ["clock"], args = [(name = "tv", type = "timeval"), (name = "tz", type = "pointer")]),
  (number = 97, name = "getrlimit", alias = "getrlimit", result = "zero", args = [(name = "resource", type = "enum:rlimit"), (name = "rlim", type = "rlimit")]),
  (number = 98, name = "getrusage", alias = "getrusage", result = "zero", args = [(name = "who", type = "enum:rusage"), (name = "ru", type = "rusage")]),
  (number = 99, name = "sysinfo", alias = "sysinfo", result = "zero", args = [(name = "info", type = "sysinfo")]),
  (number = 100, name = "times", alias = "times", result = "time", args = [(name = "tbuf", type = "tms")]),
  (number = 101, name = "ptrace", alias = "ptrace", result = "value", args = [(name = "request", type = "enum:ptrace"), (name = "pid", type = "pid"), (name = "addr", type = "address"), (name = "data", type = "arg")]),
  (number = 102, name = "getuid", alias = "getuid", result = "value", groups = ["creds"]),
  (number = 103, name = "syslog", alias = "syslog", result = "value", args = [(name = "type", type = "enum:syslog"), (name = "buf", type = "pointer"), (name = "len", type = "size")]),
  (number = 104, name = "getgid", alias = "getgid", result = "value", groups = ["creds"]),
  (number = 105, name = "setuid", alias = "setuid", result = "zero", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 106, name = "setgid", alias = "setgid", result = "zero", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 107, name = "geteuid", alias = "geteuid", result = "value", groups = ["creds"]),
  (number = 108, name = "getegid", alias = "getegid", result = "value", groups = ["creds"]),
  (number = 109, name = "setpgid", alias = "setpgid", result = "zero", args = [(name = "pid", type = "pid"), (name = "pgid", type = "pid")]),
  (number = 110, name = "getppid", alias = "getppid", result = "pid"),
  (number = 111, name = "getpgrp", alias = "getpgrp", result = "pid"),
  (number = 112, name = "setsid", alias = "setsid", result = "pid"),
  (number = 113, name = "setreuid", alias = "setreuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid")]),
  (number = 114, name = "setregid", alias = "setregid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid")]),
  (number = 115, name = "getgroups", alias = "getgroups", result = "count", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 116, name = "setgroups", alias = "setgroups", result = "zero", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 117, name = "setresuid", alias = "setresuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid"), (name = "suid", type = "uid")]),
  (number = 118, name = "getresuid", alias = "getresuid", result = "zero", groups = ["creds"], args = [(name = "ruidp", type = "pointer"), (name = "euidp", type = "pointer"), (name = "suidp", type = "pointer")]),
  (number = 119, name = "setresgid", alias = "setresgid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid"), (name = "sgid", type = "gid")]),
  (number = 120, name = "getresgid", alias = "getresgid", result = "zero", groups = ["creds"], args = [(name = "rgidp", type = "pointer"), (name = "egidp", type = "pointer"), (name = "sgidp", type = "pointer")]),
  (number = 121, name = "getpgid", alias = "getpgid", result = "pid", args = [(name = "pid", type = "pid")]),
  (number = 122, name = "setfsuid", alias = "setfsuid", result = "value", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 123, name = "setfsgid", alias = "setfsgid", result = "value", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 124, name = "getsid", alias = "getsid", result = "pid", args = [(name = "pid", type = "pid")]),
  (number = 125, name = "capget", alias = "capget", result = "zero", groups = ["creds"], args = [(name = "header", type = "cap_header"), (name = "dataptr", type = "cap_data")]),
  (number = 126, name = "capset", alias = "capset", result = "zero", groups = ["creds"], args = [(name = "header", type = "cap_header"), (name = "data", type = "cap_data")]),
  (number = 127, name = "rt_sigpending", alias = "sigpending", result = "zero", groups = ["signal"], args = [(name = "uset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 128, name = "rt_sigtimedwait", alias = "rt_sigtimedwait", result = "value", groups = ["signal"], args = [(name = "uthese", type = "sigset"), (name = "uinfo", type = "siginfo"), (name = "uts", type = "timespec"), (name = "sigsetsize", type = "size")]),
  (number = 129, name = "rt_sigqueueinfo", alias = "rt_sigqueueinfo", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal"), (name = "uinfo", type = "siginfo")]),
  (number = 130, name = "rt_sigsuspend", alias = "sigsuspend", result = "zero", groups = ["signal"], args = [(name = "unewset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 131, name = "sigaltstack", alias = "sigaltstack", result = "zero", groups = ["signal"], args = [(name = "uss", type = "stack"), (name = "uoss", type = "stack")]),
  (number = 132, name = "utime", alias = "utime", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "times", type = "utimbuf")]),
  (number = 133, name = "mknod", alias = "mknod", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "file_mode"), (name = "dev", type = "dev")]),
  (number = 134, name = "uselib", alias = "uselib", result = "zero", groups = ["file"], args = [(name = "library", type = "path")]),
  (number = 135, name = "personality", alias = "personality", result = "flags:personality", args = [(name = "personality", type = "flags:personality")]),
  (number = 136, name = "ustat", alias = "ustat", result = "zero", args = [(name = "dev", type = "dev"), (name = "ubuf", type = "pointer")]),
  (number = 137, name = "statfs", alias = "statfs", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "buf", type = "statfs")]),
  (number = 138, name = "fstatfs", alias = "statfs", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "buf", type = "statfs")]),
  (number = 139, name = "sysfs", alias = "sysfs", result = "value", args = [(name = "option", type = "int"), (name = "arg1", type = "arg"), (name = "arg2", type = "arg")]),
  (number = 140, name = "getpriority", alias = "getpriority", result = "value", args = [(name = "which", type = "enum:priority_which"), (name = "who", type = "int")]),
  (number = 141, name = "setpriority", alias = "setpriority", result = "zero", args = [(name = "which", type = "enum:priority_which"), (name = "who", type = "int"), (name = "niceval", type = "int")]),
  (number = 142, name = "sched_setparam", alias = "sched_setparam", result = "zero", args = [(name = "pid", type = "pid"), (name = "param", type = "sched_param")]),
  (number = 143, name = "sched_getparam", alias = "sched_getparam", result = "zero", args = [(name = "pid", type = "pid"), (name = "param", type = "sched_param")]),
  (number = 144, name = "sched_setscheduler", alias = "sched_setscheduler", result = "zero", args = [(name = "pid", type = "pid"), (name = "policy", type = "enum:sched_policy"), (name = "param", type = "sched_param")]),
  (number = 145, name = "sched_getscheduler", alias = "sched_getscheduler", result = "enum:sched_policy", args = [(name = "pid", type = "pid")]),
  (number = 146, name = "sched_get_priority_max", alias = "sched_get_priority_max", result = "value", args = [(name = "policy", type = "enum:sched_policy")]),
  (number = 147, name = "sched_get_priority_min", alias = "sched_get_priority_min", result = "value", args = [(name = "policy", type = "enum:sched_policy")]),
  (number = 148, name = "sched_rr_get_interval", alias = "sched_rr_get_interval", result = "zero", args = [(name = "pid", type = "pid"), (name = "interval", type = "timespec")]),
  (number = 149, name = "mlock", alias = "mlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size")]),
  (number = 150, name = "munlock", alias = "munlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size")]),
  (number = 151, name = "mlockall", alias = "mlockall", result = "zero", groups = ["memory"], args = [(name = "flags", type = "flags:mlockall")]),
  (number = 152, name = "munlockall", alias = "munlockall", result = "zero", groups = ["memory"]),
  (number = 153, name = "vhangup", alias = "vhangup", result = "zero"),
  (number = 154, name = "modify_ldt", alias = "modify_ldt", result = "bytes", args = [(name = "func", type = "int"), (name = "ptr", type = "pointer"), (name = "bytecount", type = "size")]),
  (number = 155, name = "pivot_root", alias = "pivot_root", result = "zero", groups = ["file"], args = [(name = "new_root", type = "path"), (name = "put_old", type = "path")]),
  (number = 156, name = "_sysctl", alias = "_sysctl", result = "zero", args = [(name = "args", type = "pointer")]),
  (number = 157, name = "prctl", alias = "prctl", result = "value", groups = ["creds"], args = [(name = "option", type = "enum:prctl"), (name = "arg2", type = "arg"), (name = "arg3", type = "arg"), (name = "arg4", type = "arg"), (name = "arg5", type = "arg")]),
  (number = 158, name = "arch_prctl", alias = "arch_prctl", result = "zero", args = [(name = "option", type = "enum:arch_prctl"), (name = "addr", type = "arg")]),
  (number = 159, name = "adjtimex", alias = "adjtimex", result = "value", groups = ["clock"], args = [(name = "txc_p", type = "timex")]),
  (number = 160, name = "setrlimit", alias = "setrlimit", result = "zero", args = [(name = "resource", type = "enum:rlimit"), (name = "rlim", type = "rlimit")]),
  (number = 161, name = "chroot", alias = "chroot", result = "zero", groups = ["file"], args = [(name = "filename", type = "path")]),
  (number = 162, name = "sync", alias = "sync", result = "zero"),
  (number = 163, name = "acct", alias = "acct", result = "zero", groups = ["file"], args = [(name = "name", type = "path")]),
  (number = 164, name = "settimeofday", alias = "settimeofday", result = "zero", groups = ["clock"], args = [(name = "tv", type = "timeval"), (name = "tz", type = "pointer")]),
  (number = 165, name = "mount", alias = "mount", result = "zero", groups = ["file"], args = [(name = "dev_name", type = "path"), (name = "dir_name", type = "path"), (name = "type", type = "string"), (name = "flags", type = "flags:mount"), (name = "data", type = "pointer")]),
  (number = 166, name = "umount2", alias = "umount", result = "zero", groups = ["file"], args = [(name = "name", type = "path"), (name = "flags", type = "flags:umount")]),
  (number = 167, name = "swapon", alias = "swapon", result = "zero", groups = ["file"], args = [(name = "specialfile", type = "path"), (name = "swap_flags", type = "flags:swapon")]),
  (number = 168, name = "swapoff", alias = "swapoff", result = "zero", groups = ["file"], args = [(name = "specialfile", type = "path")]),
  (number = 169, name = "reboot", alias = "reboot", result = "zero", args = [(name = "magic1", type = "enum:reboot_magic"), (name = "magic2", type = "enum:reboot_magic"), (name = "cmd", type = "enum:reboot"), (name = "arg", type = "pointer")]),
  (number = 170, name = "sethostname", alias = "sethostname", result = "zero", args = [(name = "name", type = "pointer"), (name = "len", type = "size")]),
  (number = 171, name = "setdomainname", alias = "setdomainname", result = "zero", args = [(name = "name", type = "pointer"), (name = "len", type = "size")]),
  (number = 172, name = "iopl", alias = "iopl", result = "zero", args = [(name = "level", type = "uint")]),
  (number = 173, name = "ioperm", alias = "ioperm", result = "zero", args = [(name = "from", type = "uint"), (name = "num", type = "uint"), (name = "turn_on", type = "int")]),
  (number = 174, name = "create_module", alias = "create_module", result = "address", args = [(name = "name", type = "string"), (name = "size", type = "size")]),
  (number = 175, name = "init_module", alias = "init_module", result = "zero", args = [(name = "umod", type = "pointer"), (name = "len", type = "size"), (name = "uargs", type = "string")]),
  (number = 176, name = "delete_module", alias = "delete_module", result = "zero", args = [(name = "name_user", type = "string"), (name = "flags", type = "flags:delete_module")]),
  (number = 177, name = "get_kernel_syms", alias = "get_kernel_syms", result = "count", args = [(name = "table", type = "pointer")]),
  (number = 178, name = "query_module", alias = "query_module", result = "zero", args = [(name = "name", type = "string"), (name = "which", type = "int"), (name = "buf", type = "pointer"), (name = "bufsize", type = "size"), (name = "ret", type = "sizeptr")]),
  (number = 179, name = "quotactl", alias = "quotactl", result = "zero", groups = ["file"], args = [(name = "cmd", type = "enum:quotactl"), (name = "special", type = "path"), (name = "id", type = "uint"), (name = "addr", type = "pointer")]),
  (number = 180, name = "nfsservctl", alias = "nfsservctl", result = "value", args = [(name = "cmd", type = "int"), (name = "argp", type = "pointer"), (name = "resp", type = "pointer")]),
  (number = 181, name = "getpmsg", alias = "getpmsg", result = "value", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "ctlptr", type = "pointer"), (name = "dataptr", type = "pointer"), (name = "bandp", type = "pointer"), (name = "flagsp", type = "pointer")]),
  (number = 182, name = "putpmsg", alias = "putpmsg", result = "value", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "ctlptr", type = "pointer"), (name = "dataptr", type = "pointer"), (name = "band", type = "int"), (name = "flags", type = "int")]),
  (number = 183, name = "afs_syscall", alias = "afs_syscall", result = "value"),
  (number = 184, name = "tuxcall", alias = "tuxcall", result = "value"),
  (number = 185, name = "security", alias = "security", result = "value"),
  (number = 186, name = "gettid", alias = "gettid", result = "pid"),
  (number = 187, name = "readahead", alias = "readahead", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset", type = "offset"), (name = "count", type = "size")]),
  (number = 188, name = "setxattr", alias = "setxattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 189, name = "lsetxattr", alias = "setxattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 190, name = "fsetxattr", alias = "setxattr", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 191, name = "getxattr", alias = "getxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 192, name = "lgetxattr", alias = "getxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 193, name = "fgetxattr", alias = "getxattr", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 194, name = "listxattr", alias = "listxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 195, name = "llistxattr", alias = "listxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 196, name = "flistxattr", alias = "listxattr", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 197, name = "removexattr", alias = "removexattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string")]),
  (number = 198, name = "lremovexattr", alias = "removexattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string")]),
  (number = 199, name = "fremovexattr", alias = "removexattr", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string")]),
  (number = 200, name = "tkill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 201, name = "time", alias = "time", result = "time", groups = ["clock"], args = [(name = "tloc", type = "pointer")]),
  (number = 202, name = "futex", alias = "futex", result = "value", args = [(name = "uaddr", type = "pointer"), (name = "op", type = "enum:futex_op"), (name = "val", type = "uint"), (name = "utime", type = "timespec"), (name = "uaddr2", type = "pointer"), (name = "val3", type = "hex")]),
  (number = 203, name = "sched_setaffinity", alias = "sched_setaffinity", result = "zero", args = [(name = "pid", type = "pid"), (name = "len", type = "size"), (name = "user_mask_ptr", type = "cpuset")]),
  (number = 204, name = "sched_getaffinity", alias = "sched_getaffinity", result = "bytes", args = [(name = "pid", type = "pid"), (name = "len", type = "size"), (name = "user_mask_ptr", type = "cpuset")]),
  (number = 205, name = "set_thread_area", alias = "set_thread_area", result = "zero", args = [(name = "u_info", type = "pointer")]),
  (number = 206, name = "io_setup", alias = "io_setup", result = "zero", groups = ["memory"], args = [(name = "nr_events", type = "uint"), (name = "ctxp", type = "addressptr")]),
  (number = 207, name = "io_destroy", alias = "io_destroy", result = "zero", groups = ["memory"], args = [(name = "ctx", type = "aioctx")]),
  (number = 208, name = "io_getevents", alias = "io_getevents", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "min_nr", type = "int"), (name = "nr", type = "int"), (name = "events", type = "io_event"), (name = "timeout", type = "timespec")]),
  (number = 209, name = "io_submit", alias = "io_submit", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "nr", type = "int"), (name = "iocbpp", type = "pointer")]),
  (number = 210, name = "io_cancel", alias = "io_cancel", result = "zero", args = [(name = "ctx_id", type = "aioctx"), (name = "iocb", type = "pointer"), (name = "result", type = "pointer")]),
  (number = 211, name = "get_thread_area", alias = "get_thread_area", result = "zero", args = [(name = "u_info", type = "pointer")]),
  (number = 212, name = "lookup_dcookie", alias = "lookup_dcookie", result = "bytes", args = [(name = "cookie64", type = "uint"), (name = "buf", type = "pointer"), (name = "len", type = "size")]),
  (number = 213, name = "epoll_create", alias = "epoll_create", result = "fd", groups = ["desc"], args = [(name = "size", type = "int")]),
  (number = 214, name = "epoll_ctl_old", alias = "epoll_ctl", result = "zero", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "op", type = "enum:epoll_ctl"), (name = "fd", type = "fd"), (name = "event", type = "epoll_event")]),
  (number = 215, name = "epoll_wait_old", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "int")]),
  (number = 216, name = "remap_file_pages", alias = "remap_file_pages", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "size", type = "size"), (name = "prot", type = "flags:prot"), (name = "pgoff", type = "size"), (name = "flags", type = "flags:mmap")]),
  (number = 217, name = "getdents64", alias = "getdents", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "dirent", type = "pointer"), (name = "count", type = "size")]),
  (number = 218, name = "set_tid_address", alias = "set_tid_address", result = "pid", args = [(name = "tidptr", type = "pointer")]),
  (number = 219, name = "restart_syscall", alias = "restart_syscall", result = "value"),
  (number = 220, name = "semtimedop", alias = "semop", result = "zero", groups = ["ipc"], args = [(name = "semid", type = "int"), (name = "tsops", type = "sembuf"), (name = "nsops", type = "uint"), (name = "timeout", type = "timespec")]),
  (number = 221, name = "fadvise64", alias = "fadvise", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset", type = "offset"), (name = "len", type = "size"), (name = "advice", type = "enum:fadvise")]),
  (number = 222, name = "timer_create", alias = "timer_create", result = "zero", args = [(name = "which_clock", type = "enum:clock"), (name = "timer_event_spec", type = "sigevent"), (name = "created_timer_id", type = "intptr")]),
  (number = 223, name = "timer_settime", alias = "timer_settime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "flags", type = "flags:timer"), (name = "new_setting", type = "itimerspec"), (name = "old_setting", type = "itimerspec")]),
  (number = 224, name = "timer_gettime", alias = "timer_gettime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "setting", type = "itimerspec")]),
  (number = 225, name = "timer_getoverrun", alias = "timer_getoverrun", result = "count", args = [(name = "timer_id", type = "int")]),
  (number = 226, name = "timer_delete", alias = "timer_delete", result = "zero", args = [(name = "timer_id", type = "int")]),
  (number = 227, name = "clock_settime", alias = "clock_settime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 228, name = "clock_gettime", alias = "clock_gettime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 229, name = "clock_getres", alias = "clock_getres", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 230, name = "clock_nanosleep", alias = "clock_nanosleep", result = "zero", args = [(name = "which_clock", type = "enum:clock"), (name = "flags", type = "flags:timer"), (name = "rqtp", type = "timespec"), (name = "rmtp", type = "timespec")]),
  (number = 231, name = "exit_group", alias = "exit", result = "none", groups = ["process"], args = [(name = "error_code", type = "int")]),
  (number = 232, name = "epoll_wait", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "int")]),
  (number = 233, name = "epoll_ctl", alias = "epoll_ctl", result = "zero", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "op", type = "enum:epoll_ctl"), (name = "fd", type = "fd"), (name = "event", type = "epoll_event")]),
  (number = 234, name = "tgkill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "tgid", type = "pid"), (name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 235, name = "utimes", alias = "utime", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "utimes", type = "timeval")]),
  (number = 236, name = "vserver", alias = "vserver", result = "value"),
  (number = 237, name = "mbind", alias = "mbind", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "mode", type = "enum:mempolicy"), (name = "nmask", type = "nodemask"), (name = "maxnode", type = "uint"), (name = "flags", type = "flags:mbind")]),
  (number = 238, name = "set_mempolicy", alias = "set_mempolicy", result = "zero", groups = ["memory"], args = [(name = "mode", type = "enum:mempolicy"), (name = "nmask", type = "nodemask"), (name = "maxnode", type = "uint")]),
  (number = 239, name = "get_mempolicy", alias = "get_mempolicy", result = "zero", groups = ["memory"], args = [(name = "policy", type = "mempolicyptr"), (name = "nmask", type = "nodemask"), (name = "maxnode", type = "uint"), (name = "addr", type = "address"), (name = "flags", type = "flags:get_mempolicy")]),
  (number = 240, name = "mq_open", alias = "mq_open", result = "fd", groups = ["desc"], args = [(name = "u_name", type = "string"), (name = "oflag", type = "flags:open"), (name = "mode", type = "create_mode"), (name = "u_attr", type = "mq_attr")]),
  (number = 241, name = "mq_unlink", alias = "mq_unlink", result = "zero", args = [(name = "u_name", type = "string")]),
  (number = 242, name = "mq_timedsend", alias = "mq_timedsend", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "msg_prio", type = "uint"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 243, name = "mq_timedreceive", alias = "mq_timedreceive", result = "bytes", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "u_msg_prio", type = "pointer"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 244, name = "mq_notify", alias = "mq_notify", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_notification", type = "sigevent")]),
  (number = 245, name = "mq_getsetattr", alias = "mq_getsetattr", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_mqstat", type = "mq_attr"), (name = "u_omqstat", type = "mq_attr")]),
  (number = 246, name = "kexec_load", alias = "kexec_load", result = "zero", args = [(name = "entry", type = "address"), (name = "nr_segments", type = "uint"), (name = "segments", type = "pointer"), (name = "flags", type = "flags:kexec")]),
  (number = 247, name = "waitid", alias = "wait", result = "zero", groups = ["process"], args = [(name = "which", type = "enum:waitid"), (name = "upid", type = "pid"), (name = "infop", type = "siginfo"), (name = "options", type = "flags:waitid"), (name = "ru", type = "rusage")]),
  (number = 248, name = "add_key", alias = "add_key", result = "value", args = [(name = "type", type = "string"), (name = "description", type = "string"), (name = "payload", type = "pointer"), (name = "plen", type = "size"), (name = "ringid", type = "int")]),
  (number = 249, name = "request_key", alias = "request_key", result = "value", args = [(name = "type", type = "string"), (name = "description", type = "string"), (name = "callout_info", type = "string"), (name = "destringid", type = "int")]),
  (number = 250, name = "keyctl", alias = "keyctl", result = "value", args = [(name = "option", type = "enum:keyctl"), (name = "arg2", type = "arg"), (name = "arg3", type = "arg"), (name = "arg4", type = "arg"), (name = "arg5", type = "arg")]),
  (number = 251, name = "ioprio_set", alias = "ioprio_set", result = "zero", args = [(name = "which", type = "enum:ioprio_which"), (name = "who", type = "int"), (name = "ioprio", type = "int")]),
  (number = 252, name = "ioprio_get", alias = "ioprio_get", result = "value", args = [(name = "which", type = "enum:ioprio_which"), (name = "who", type = "int")]),
  (number = 253, name = "inotify_init", alias = "inotify_init", result = "fd", groups = ["desc"]),
  (number = 254, name = "inotify_add_watch", alias = "inotify_add_watch", result = "value", groups = ["file", "desc"], args = [(name = "fd", type = "fd"), (name = "pathname", type = "path"), (name = "mask", type = "flags:inotify")]),
  (number = 255, name = "inotify_rm_watch", alias = "inotify_rm_watch", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "wd", type = "int")]),
  (number = 256, name = "migrate_pages", alias = "migrate_pages", result = "count", groups = ["memory"], args = [(name = "pid", type = "pid"), (name = "maxnode", type = "uint"), (name = "old_nodes", type = "nodemask"), (name = "new_nodes", type = "nodemask")]),
  (number = 257, name = "openat", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open"), (name = "mode", type = "create_mode")]),
  (number = 258, name = "mkdirat", alias = "mkdir", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 259, name = "mknodat", alias = "mknod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "file_mode"), (name = "dev", type = "dev")]),
  (number = 260, name = "fchownat", alias = "chown", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid"), (name = "flag", type = "flags:at")]),
  (number = 261, name = "futimesat", alias = "utime", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "utimes", type = "timeval")]),
  (number = 262, name = "newfstatat", alias = "stat", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "statbuf", type = "stat"), (name = "flag", type = "flags:at")]),
  (number = 263, name = "unlinkat", alias = "unlink", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "flag", type = "flags:unlinkat")]),
  (number = 264, name = "renameat", alias = "rename", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path")]),
  (number = 265, name = "linkat", alias = "link", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path"), (name = "flags", type = "flags:at")]),
  (number = 266, name = "symlinkat", alias = "symlink", result = "zero", groups = ["file", "desc"], args = [(name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path")]),
  (number = 267, name = "readlinkat", alias = "readlink", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "buf", type = "pointer"), (name = "bufsiz", type = "size")]),
  (number = 268, name = "fchmodat", alias = "chmod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "mode")]),
  (number = 269, name = "faccessat", alias = "access", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "flags:access")]),
  (number = 270, name = "pselect6", alias = "select", result = "count", groups = ["desc"], args = [(name = "n", type = "int"), (name = "inp", type = "fdset"), (name = "outp", type = "fdset"), (name = "exp", type = "fdset"), (name = "tsp", type = "timespec"), (name = "sig", type = "pointer")]),
  (number = 271, name = "ppoll", alias = "poll", result = "count", groups = ["desc"], args = [(name = "ufds", type = "pollfd"), (name = "nfds", type = "uint"), (name = "tsp", type = "timespec"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 272, name = "unshare", alias = "unshare", result = "zero", args = [(name = "unshare_flags", type = "flags:unshare")]),
  (number = 273, name = "set_robust_list", alias = "set_robust_list", result = "zero", args = [(name = "head", type = "pointer"), (name = "len", type = "size")]),
  (number = 274, name = "get_robust_list", alias = "get_robust_list", result = "zero", args = [(name = "pid", type = "pid"), (name = "head_ptr", type = "addressptr"), (name = "len_ptr", type = "sizeptr")]),
  (number = 275, name = "splice", alias = "splice", result = "bytes", groups = ["desc"], bytes = both, args = [(name = "fd_in", type = "fd"), (name = "off_in", type = "offsetptr"), (name = "fd_out", type = "fd"), (name = "off_out", type = "offsetptr"), (name = "len", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 276, name = "tee", alias = "tee", result = "bytes", groups = ["desc"], bytes = copied, args = [(name = "fdin", type = "fd"), (name = "fdout", type = "fd"), (name = "len", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 277, name = "sync_file_range", alias = "sync_file_range", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset", type = "offset"), (name = "nbytes", type = "offset"), (name = "flags", type = "flags:sync_file_range")]),
  (number = 278, name = "vmsplice", alias = "vmsplice", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "uiov", type = "iovec"), (name = "nr_segs", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 279, name = "move_pages", alias = "move_pages", result = "value", groups = ["memory"], args = [(name = "pid", type = "pid"), (name = "nr_pages", type = "uint"), (name = "pages", type = "addresses"), (name = "nodes", type = "ints"), (name = "status", type = "page_status"), (name = "flags", type = "flags:mbind")]),
  (number = 280, name = "utimensat", alias = "utime", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "utimes", type = "timespec"), (name = "flags", type = "flags:at")]),
  (number = 281, name = "epoll_pwait", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "int"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 282, name = "signalfd", alias = "signalfd", result = "fd", groups = ["signal", "desc"], args = [(name = "ufd", type = "fd"), (name = "user_mask", type = "sigset"), (name = "sizemask", type = "size")]),
  (number = 283, name = "timerfd_create", alias = "timerfd_create", result = "fd", groups = ["desc"], args = [(name = "clockid", type = "enum:clock"), (name = "flags", type = "flags:timerfd_create")]),
  (number = 284, name = "eventfd", alias = "eventfd", result = "fd", groups = ["desc"], args = [(name = "count", type = "uint")]),
  (number = 285, name = "fallocate", alias = "fallocate", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "mode", type = "flags:fallocate"), (name = "offset", type = "offset"), (name = "len", type = "offset")]),
  (number = 286, name = "timerfd_settime", alias = "timerfd_settime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "flags", type = "flags:timerfd_settime"), (name = "utmr", type = "itimerspec"), (name = "otmr", type = "itimerspec")]),
  (number = 287, name = "timerfd_gettime", alias = "timerfd_gettime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "otmr", type = "itimerspec")]),
  (number = 288, name = "accept4", alias = "accept", result = "fd", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "upeer_sockaddr", type = "sockaddr"), (name = "upeer_addrlen", type = "sizeptr"), (name = "flags", type = "flags:socket")]),
  (number = 289, name = "signalfd4", alias = "signalfd", result = "fd", groups = ["signal", "desc"], args = [(name = "ufd", type = "fd"), (name = "user_mask", type = "sigset"), (name = "sizemask", type = "size"), (name = "flags", type = "flags:signalfd")]),
  (number = 290, name = "eventfd2", alias = "eventfd", result = "fd", groups = ["desc"], args = [(name = "count", type = "uint"), (name = "flags", type = "flags:eventfd")]),
  (number = 291, name = "epoll_create1", alias = "epoll_create", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:epoll_create")]),
  (number = 292, name = "dup3", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd"), (name = "newfd", type = "newfd"), (name = "flags", type = "flags:dup3")]),
  (number = 293, name = "pipe2", alias = "pipe", result = "zero", groups = ["desc"], args = [(name = "fildes", type = "fdpair"), (name = "flags", type = "flags:pipe")]),
  (number = 294, name = "inotify_init1", alias = "inotify_init", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:inotify_init")]),
  (number = 295, name = "preadv", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "offset"), (name = "pos_h", type = "-")]),
  (number = 296, name = "pwritev", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "offset"), (name = "pos_h", type = "-")]),
  (number = 297, name = "rt_tgsigqueueinfo", alias = "rt_sigqueueinfo", result = "zero", groups = ["process", "signal"], args = [(name = "tgid", type = "pid"), (name = "pid", type = "pid"), (name = "sig", type = "signal"), (name = "uinfo", type = "siginfo")]),
  (number = 298, name = "perf_event_open", alias = "perf_event_open", result = "fd", groups = ["desc"], args = [(name = "attr_uptr", type = "pointer"), (name = "pid", type = "pid"), (name = "cpu", type = "int"), (name = "group_fd", type = "fd"), (name = "flags", type = "flags:perf_event_open")]),
  (number = 299, name = "recvmmsg", alias = "recv", result = "count", groups = ["network"], bytes = read, args = [(name = "fd", type = "fd"), (name = "mmsg", type = "mmsghdr"), (name = "vlen", type = "uint"), (name = "flags", type = "flags:msg"), (name = "timeout", type = "timespec")]),
  (number = 300, name = "fanotify_init", alias = "fanotify_init", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:fanotify_init"), (name = "event_f_flags", type = "flags:open")]),
  (number = 301, name = "fanotify_mark", alias = "fanotify_mark", result = "zero", groups = ["file", "desc"], args = [(name = "fanotify_fd", type = "fd"), (name = "flags", type = "flags:fanotify_mark"), (name = "mask", type = "flags:fanotify_event"), (name = "dfd", type = "dirfd"), (name = "pathname", type = "path")]),
  (number = 302, name = "prlimit64", alias = "prlimit", result = "zero", args = [(name = "pid", type = "pid"), (name = "resource", type = "enum:rlimit"), (name = "new_rlim", type = "rlimit"), (name = "old_rlim", type = "rlimit")]),
  (number = 303, name = "name_to_handle_at", alias = "name_to_handle_at", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "name", type = "path"), (name = "handle", type = "pointer"), (name = "mnt_id", type = "pointer"), (name = "flag", type = "flags:handle_at")]),
  (number = 304, name = "open_by_handle_at", alias = "open_by_handle_at", result = "fd", groups = ["desc"], args = [(name = "mountdirfd", type = "dirfd"), (name = "handle", type = "pointer"), (name = "flags", type = "flags:open")]),
  (number = 305, name = "clock_adjtime", alias = "clock_adjtime", result = "value", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "utx", type = "timex")]),
  (number = 306, name = "syncfs", alias = "sync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 307, name = "sendmmsg", alias = "send", result = "count", groups = ["network"], bytes = write, args = [(name = "fd", type = "fd"), (name = "mmsg", type = "mmsghdr"), (name = "vlen", type = "uint"), (name = "flags", type = "flags:msg")]),
  (number = 308, name = "setns", alias = "setns", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "flags", type = "flags:setns")]),
  (number = 309, name = "getcpu", alias = "getcpu", result = "zero", args = [(name = "cpup", type = "intptr"), (name = "nodep", type = "intptr"), (name = "unused", type = "pointer")]),
  (number = 310, name = "process_vm_readv", alias = "process_vm_readv", result = "bytes", args = [(name = "pid", type = "pid"), (name = "lvec", type = "iovec"), (name = "liovcnt", type = "size"), (name = "rvec", type = "iovec"), (name = "riovcnt", type = "size"), (name = "flags", type = "uint")]),
  (number = 311, name = "process_vm_writev", alias = "process_vm_writev", result = "bytes", args = [(name = "pid", type = "pid"), (name = "lvec", type = "iovec"), (name = "liovcnt", type = "size"), (name = "rvec", type = "iovec"), (name = "riovcnt", type = "size"), (name = "flags", type = "uint")]),
  (number = 312, name = "kcmp", alias = "kcmp", result = "value", args = [(name = "pid1", type = "pid"), (name = "pid2", type = "pid"), (name = "type", type = "enum:kcmp"), (name = "idx1", type = "arg"), (name = "idx2", type = "arg")]),
  (number = 313, name = "finit_module", alias = "init_module", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "uargs", type = "string"), (name = "flags", type = "flags:finit_module")]),
  (number = 314, name = "sched_setattr", alias = "sched_setattr", result = "zero", args = [(name = "pid", type = "pid"), (name = "uattr", type = "sched_attr"), (name = "flags", type = "uint")]),
  (number = 315, name = "sched_getattr", alias = "sched_getattr", result = "zero", args = [(name = "pid", type = "pid"), (name = "uattr", type = "sched_attr"), (name = "usize", type = "size"), (name = "flags", type = "uint")]),
  (number = 316, name = "renameat2", alias = "rename", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path"), (name = "flags", type = "flags:rename")]),
  (number = 317, name = "seccomp", alias = "seccomp", result = "value", args = [(name = "op", type = "enum:seccomp"), (name = "flags", type = "flags:seccomp"), (name = "uargs", type = "pointer")]),
  (number = 318, name = "getrandom", alias = "getrandom", result = "bytes", args = [(name = "ubuf", type = "pointer"), (name = "len", type = "size"), (name = "flags", type = "flags:getrandom")]),
  (number = 319, name = "memfd_create", alias = "memfd_create", result = "fd", groups = ["desc"], args = [(name = "name", type = "string"), (name = "flags", type = "flags:memfd_create")]),
  (number = 320, name = "kexec_file_load", alias = "kexec_load", result = "zero", groups = ["desc"], args = [(name = "kernel_fd", type = "fd"), (name = "initrd_fd", type = "fd"), (name = "cmdline_len", type = "size"), (name = "cmdline_ptr", type = "string"), (name = "flags", type = "flags:kexec_file")]),
  (number = 321, name = "bpf", alias = "bpf", result = "value", groups = ["desc"], args = [(name = "cmd", type = "enum:bpf"), (name = "uattr", type = "pointer"), (name = "size", type = "size")]),
  (number = 322, name = "execveat", alias = "execve", result = "zero", groups = ["file", "process", "desc"], args = [(name = "fd", type = "dirfd"), (name = "filename", type = "path"), (name = "argv", type = "argv"), (name = "envp", type = "argv"), (name = "flags", type = "flags:execveat")]),
  (number = 323, name = "userfaultfd", alias = "userfaultfd", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:userfaultfd")]),
  (number = 324, name = "membarrier", alias = "membarrier", result = "value", args = [(name = "cmd", type = "enum:membarrier"), (name = "flags", type = "flags:membarrier"), (name = "cpu_id", type = "int")]),
  (number = 325, name = "mlock2", alias = "mlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "flags:mlock")]),
  (number = 326, name = "copy_file_range", alias = "copy_file_range", result = "bytes", groups = ["desc"], bytes = both, args = [(name = "fd_in", type = "fd"), (name = "off_in", type = "offsetptr"), (name = "fd_out", type = "fd"), (name = "off_out", type = "offsetptr"), (name = "len", type = "size"), (name = "flags", type = "uint")]),
  (number = 327, name = "preadv2", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "offset"), (name = "pos_h", type = "-"), (name = "flags", type = "flags:rwf")]),
  (number = 328, name = "pwritev2", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "offset"), (name = "pos_h", type = "-"), (name = "flags", type = "flags:rwf")]),
  (number = 329, name = "pkey_mprotect", alias = "mprotect", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot"), (name = "pkey", type = "int")]),
  (number = 330, name = "pkey_alloc", alias = "pkey_alloc", result = "value", args = [(name = "flags", type = "uint"), (name = "init_val", type = "flags:pkey_rights")]),
  (number = 331, name = "pkey_free", alias = "pkey_free", result = "zero", args = [(name = "pkey", type = "int")]),
  (number = 332, name = "statx", alias = "stat", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:statx_at"), (name = "mask", type = "flags:statx_mask"), (name = "buffer", type = "statx")]),
  (number = 333, name = "io_pgetevents", alias = "io_getevents", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "min_nr", type = "int"), (name = "nr", type = "int"), (name = "events", type = "io_event"), (name = "timeout", type = "timespec"), (name = "usig", type = "pointer")]),
  (number = 334, name = "rseq", alias = "rseq", result = "zero", args = [(name = "rseq", type = "pointer"), (name = "rseq_len", type = "hex"), (name = "flags", type = "flags:rseq"), (name = "sig", type = "hex")]),
  (number = 335, name = "uretprobe", alias = "uretprobe", result = "value"),
  (number = 336, name = "uprobe", alias = "uprobe", result = "value"),
  # 337 to 423 are unused: from 424 on, a new call has the same number on every architecture.
  (number = 424, name = "pidfd_send_signal", alias = "kill", result = "zero", groups = ["process", "signal", "desc"], args = [(name = "pidfd", type = "fd"), (name = "sig", type = "signal"), (name = "info", type = "siginfo"), (name = "flags", type = "flags:pidfd_send_signal")]),
  (number = 425, name = "io_uring_setup", alias = "io_uring_setup", result = "fd", groups = ["desc"], args = [(name = "entries", type = "uint"), (name = "params", type = "pointer")]),
  (number = 426, name = "io_uring_enter", alias = "io_uring_enter", result = "count", groups = ["signal", "desc"], args = [(name = "fd", type = "fd"), (name = "to_submit", type = "uint"), (name = "min_complete", type = "uint"), (name = "flags", type = "flags:io_uring_enter"), (name = "argp", type = "pointer"), (name = "argsz", type = "size")]),
  (number = 427, name = "io_uring_register", alias = "io_uring_register", result = "value", groups = ["desc", "memory"], args = [(name = "fd", type = "fd"), (name = "opcode", type = "enum:io_uring_register"), (name = "arg", type = "pointer"), (name = "nr_args", type = "uint")]),
  (number = 428, name = "open_tree", alias = "open_tree", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open_tree")]),
  (number = 429, name = "move_mount", alias = "move_mount", result = "zero", groups = ["file", "desc"], args = [(name = "from_dfd", type = "dirfd"), (name = "from_pathname", type = "path"), (name = "to_dfd", type = "dirfd"), (name = "to_pathname", type = "path"), (name = "flags", type = "flags:move_mount")]),
  (number = 430, name = "fsopen", alias = "fsopen", result = "fd", groups = ["desc"], args = [(name = "fs_name", type = "string"), (name = "flags", type = "flags:fsopen")]),
  (number = 431, name = "fsconfig", alias = "fsconfig", result = "zero", groups = ["file", "desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:fsconfig"), (name = "key", type = "string"), (name = "value", type = "arg"), (name = "aux", type = "arg")]),
  (number = 432, name = "fsmount", alias = "fsmount", result = "fd", groups = ["desc"], args = [(name = "fs_fd", type = "fd"), (name = "flags", type = "flags:fsmount"), (name = "attr_flags", type = "flags:mount_attr")]),
  (number = 433, name = "fspick", alias = "fspick", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "path", type = "path"), (name = "flags", type = "flags:fspick")]),
  (number = 434, name = "pidfd_open", alias = "pidfd_open", result = "fd", groups = ["desc"], args = [(name = "pid", type = "pid"), (name = "flags", type = "flags:pidfd_open")]),
  (number = 435, name = "clone3", alias = "clone", result = "pid", groups = ["process"], args = [(name = "uargs", type = "clone_args"), (name = "size", type = "size")]),
  (number = 436, name = "close_range", alias = "close_range", result = "zero", groups = ["desc"], args = [(name = "fd", type = "uint"), (name = "max_fd", type = "uint"), (name = "flags", type = "flags:close_range")]),
  (number = 437, name = "openat2", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "how", type = "open_how"), (name = "usize", type = "size")]),
  (number = 438, name = "pidfd_getfd", alias = "pidfd_getfd", result = "fd", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "fd", type = "int"), (name = "flags", type = "uint")]),
  (number = 439, name = "faccessat2", alias = "access", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "flags:access"), (name = "flags", type = "flags:faccessat")]),
  (number = 440, name = "process_madvise", alias = "madvise", result = "bytes", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "behavior", type = "enum:madvise"), (name = "flags", type = "uint")]),
  (number = 441, name = "epoll_pwait2", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "timespec"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 442, name = "mount_setattr", alias = "mount_setattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "path", type = "path"), (name = "flags", type = "flags:mount_setattr"), (name = "uattr", type = "mount_attr"), (name = "usize", type = "size")]),
  (number = 443, name = "quotactl_fd", alias = "quotactl", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:quotactl"), (name = "id", type = "uint"), (name = "addr", type = "pointer")]),
  (number = 444, name = "landlock_create_ruleset", alias = "landlock_create_ruleset", result = "fd", groups = ["desc"], args = [(name = "attr", type = "landlock_ruleset"), (name = "size", type = "size"), (name = "flags", type = "flags:landlock_create")]),
  (number = 445, name = "landlock_add_rule", alias = "landlock_add_rule", result = "zero", groups = ["desc"], args = [(name = "ruleset_fd", type = "fd"), (name = "rule_type", type = "enum:landlock_rule"), (name = "rule_attr", type = "pointer"), (name = "flags", type = "uint")]),
  (number = 446, name = "landlock_restrict_self", alias = "landlock_restrict_self", result = "zero", groups = ["desc"], args = [(name = "ruleset_fd", type = "fd"), (name = "flags", type = "flags:landlock_restrict")]),
  (number = 447, name = "memfd_secret", alias = "memfd_secret", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:memfd_secret")]),
  (number = 448, name = "process_mrelease", alias = "process_mrelease", result = "zero", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "flags", type = "uint")]),
  (number = 449, name = "futex_waitv", alias = "futex", result = "value", args = [(name = "waiters", type = "futex_waitv"), (name = "nr_futexes", type = "uint"), (name = "flags", type = "uint"), (name = "timeout", type = "timespec"), (name = "clockid", type = "enum:clock")]),
  (number = 450, name = "set_mempolicy_home_node", alias = "set_mempolicy_home_node", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "home_node", type = "uint"), (name = "flags", type = "uint")]),
  (number = 451, name = "cachestat", alias = "cachestat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cstat_range", type = "pointer"), (name = "cstat", type = "pointer"), (name = "flags", type = "uint")]),
  (number = 452, name = "fchmodat2", alias = "chmod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "mode"), (name = "flags", type = "flags:at")]),
  (number = 453, name = "map_shadow_stack", alias = "map_shadow_stack", result = "address", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "size", type = "size"), (name = "flags", type = "flags:map_shadow_stack")]),
  (number = 454, name = "futex_wake", alias = "futex", result = "count", args = [(name = "uaddr", type = "pointer"), (name = "mask", type = "uint"), (name = "nr", type = "int"), (name = "flags", type = "flags:futex2")]),
  (number = 455, name = "futex_wait", alias = "futex", result = "zero", args = [(name = "uaddr", type = "pointer"), (name = "val", type = "uint"), (name = "mask", type = "uint"), (name = "flags", type = "flags:futex2"), (name = "timeout", type = "timespec"), (name = "clockid", type = "enum:clock")]),
  (number = 456, name = "futex_requeue", alias = "futex", result = "count", args = [(name = "waiters", type = "pointer"), (name = "flags", type = "uint"), (name = "nr_wake", type = "int"), (name = "nr_requeue", type = "int")]),
  (number = 457, name = "statmount", alias = "statmount", result = "zero", args = [(name = "req", type = "pointer"), (name = "buf", type = "pointer"), (name = "bufsize", type = "size"), (name = "flags", type = "uint")]),
  (number = 458, name = "listmount", alias = "listmount", result = "count", args = [(name = "req", type = "pointer"), (name = "mnt_ids", type = "pointer"), (name = "nr_mnt_ids", type = "size"), (name = "flags", type = "flags:listmount")]),
  (number = 459, name = "lsm_get_self_attr", alias = "lsm_get_self_attr", result = "count", args = [(name = "attr", type = "enum:lsm_attr"), (name = "ctx", type = "pointer"), (name = "size", type = "sizeptr"), (name = "flags", type = "flags:lsm_get")]),
  (number = 460, name = "lsm_set_self_attr", alias = "lsm_set_self_attr", result = "zero", args = [(name = "attr", type = "enum:lsm_attr"), (name = "ctx", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "uint")]),
  (number = 461, name = "lsm_list_modules", alias = "lsm_list_modules", result = "count", args = [(name = "ids", type = "pointer"), (name = "size", type = "sizeptr"), (name = "flags", type = "uint")]),
  (number = 462, name = "mseal", alias = "mseal", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "uint")]),
  (number = 463, name = "setxattrat", alias = "setxattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string"), (name = "uargs", type = "pointer"), (name = "usize", type = "size")]),
  (number = 464, name = "getxattrat", alias = "getxattr", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string"), (name = "uargs", type = "pointer"), (name = "usize", type = "size")]),
  (number = 465, name = "listxattrat", alias = "listxattr", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 466, name = "removexattrat", alias = "removexattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string")]),
  (number = 467, name = "open_tree_attr", alias = "open_tree", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open_tree"), (name = "uattr", type = "pointer"), (name = "usize", type = "size")]),
  (number = 468, name = "file_getattr", alias = "file_getattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "ufattr", type = "pointer"), (name = "usize", type = "size"), (name = "at_flags", type = "flags:file_attr")]),
  (number = 469, name = "file_setattr", alias = "file_setattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "ufattr", type = "pointer"), (name = "usize", type = "size"), (name = "at_flags", type = "flags:file_attr")]),
  (number = 470, name = "listns", alias = "listns", result = "count", args = [(name = "req", type = "pointer"), (name = "ns_ids", type = "pointer"), (name = "nr_ns_ids", type = "size"), (name = "flags", type = "uint")]),
  (number = 471, name = "rseq_slice_yield", alias = "rseq_slice_yield", result = "value"),
];

const syscalls32 :List(SyscallType) = [
  (number = 0, name = "restart_syscall", alias = "restart_syscall", result = "value"),
  (number = 1, name = "exit", alias = "exit", result = "none", groups = ["process"], args = [(name = "error_code", type = "int")]),
  (number = 2, name = "fork", alias = "clone", result = "pid", groups = ["process"]),
  (number = 3, name = "read", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size")]),
  (number = 4, name = "write", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size")]),
  (number = 5, name = "open", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "filename", type = "path"), (name = "flags", type = "flags:open"), (name = "mode", type = "create_mode")]),
  (number = 6, name = "close", alias = "close", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 7, name = "waitpid", alias = "wait", result = "pid", groups = ["process"], args = [(name = "pid", type = "pid"), (name = "stat_addr", type = "pointer"), (name = "options", type = "flags:wait")]),
  (number = 8, name = "creat", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 9, name = "link", alias = "link", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 10, name = "unlink", alias = "unlink", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path")]),
  (number = 11, name = "execve", alias = "execve", result = "zero", groups = ["file", "process"], args = [(name = "filename", type = "path"), (name = "argv", type = "argv"), (name = "envp", type = "argv")]),
  (number = 12, name = "chdir", alias = "chdir", result = "zero", groups = ["file"], args = [(name = "filename", type = "path")]),
  (number = 13, name = "time", alias = "time", result = "time", groups = ["clock"], args = [(name = "tloc", type = "pointer")]),
  (number = 14, name = "mknod", alias = "mknod", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "file_mode"), (name = "dev", type = "dev")]),
  (number = 15, name = "chmod", alias = "chmod", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "mode")]),
  (number = 16, name = "lchown", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 17, name = "break", alias = "break", result = "value", groups = ["memory"]),
  (number = 18, name = "oldstat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 19, name = "lseek", alias = "lseek", result = "offset", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset", type = "offset"), (name = "whence", type = "enum:whence")]),
  (number = 20, name = "getpid", alias = "getpid", result = "pid"),
  (number = 21, name = "mount", alias = "mount", result = "zero", groups = ["file"], args = [(name = "dev_name", type = "path"), (name = "dir_name", type = "path"), (name = "type", type = "string"), (name = "flags", type = "flags:mount"), (name = "data", type = "pointer")]),
  (number = 22, name = "umount", alias = "umount", result = "zero", groups = ["file"], args = [(name = "name", type = "path")]),
  (number = 23, name = "setuid", alias = "setuid", result = "zero", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 24, name = "getuid", alias = "getuid", result = "value", groups = ["creds"]),
  (number = 25, name = "stime", alias = "stime", result = "zero", groups = ["clock"], args = [(name = "tptr", type = "pointer")]),
  (number = 26, name = "ptrace", alias = "ptrace", result = "value", args = [(name = "request", type = "enum:ptrace"), (name = "pid", type = "pid"), (name = "addr", type = "address"), (name = "data", type = "arg")]),
  (number = 27, name = "alarm", alias = "alarm", result = "value", args = [(name = "seconds", type = "uint")]),
  (number = 28, name = "oldfstat", alias = "stat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "statbuf", type = "stat")]),
  (number = 29, name = "pause", alias = "pause", result = "zero", groups = ["signal"]),
  (number = 30, name = "utime", alias = "utime", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "times", type = "pointer")]),
  (number = 31, name = "stty", alias = "stty", result = "value"),
  (number = 32, name = "gtty", alias = "gtty", result = "value"),
  (number = 33, name = "access", alias = "access", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "mode", type = "flags:access")]),
  (number = 34, name = "nice", alias = "nice", result = "zero", args = [(name = "increment", type = "int")]),
  (number = 35, name = "ftime", alias = "ftime", result = "value"),
  (number = 36, name = "sync", alias = "sync", result = "zero"),
  (number = 37, name = "kill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 38, name = "rename", alias = "rename", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 39, name = "mkdir", alias = "mkdir", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 40, name = "rmdir", alias = "rmdir", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path")]),
  (number = 41, name = "dup", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd")]),
  (number = 42, name = "pipe", alias = "pipe", result = "zero", groups = ["desc"], args = [(name = "fildes", type = "fdpair")]),
  (number = 43, name = "times", alias = "times", result = "time", args = [(name = "tbuf", type = "tms")]),
  (number = 44, name = "prof", alias = "prof", result = "value"),
  (number = 45, name = "brk", alias = "brk", result = "address", groups = ["memory"], args = [(name = "brk", type = "address")]),
  (number = 46, name = "setgid", alias = "setgid", result = "zero", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 47, name = "getgid", alias = "getgid", result = "value", groups = ["creds"]),
  (number = 48, name = "signal", alias = "sigaction", result = "address", groups = ["signal"], args = [(name = "sig", type = "signal"), (name = "handler", type = "address")]),
  (number = 49, name = "geteuid", alias = "geteuid", result = "value", groups = ["creds"]),
  (number = 50, name = "getegid", alias = "getegid", result = "value", groups = ["creds"]),
  (number = 51, name = "acct", alias = "acct", result = "zero", groups = ["file"], args = [(name = "name", type = "path")]),
  (number = 52, name = "umount2", alias = "umount", result = "zero", groups = ["file"], args = [(name = "name", type = "path"), (name = "flags", type = "flags:umount")]),
  (number = 53, name = "lock", alias = "lock", result = "value"),
  (number = 54, name = "ioctl", alias = "ioctl", result = "value", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:ioctl"), (name = "arg", type = "arg")]),
  (number = 55, name = "fcntl", alias = "fcntl", result = "value", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:fcntl"), (name = "arg", type = "arg")]),
  (number = 56, name = "mpx", alias = "mpx", result = "value"),
  (number = 57, name = "setpgid", alias = "setpgid", result = "zero", args = [(name = "pid", type = "pid"), (name = "pgid", type = "pid")]),
  (number = 58, name = "ulimit", alias = "ulimit", result = "value"),
  (number = 59, name = "oldolduname", alias = "uname", result = "zero", args = [(name = "name", type = "utsname")]),
  (number = 60, name = "umask", alias = "umask", result = "mode", args = [(name = "mask", type = "mode")]),
  (number = 61, name = "chroot", alias = "chroot", result = "zero", groups = ["file"], args = [(name = "filename", type = "path")]),
  (number = 62, name = "ustat", alias = "ustat", result = "zero", args = [(name = "dev", type = "dev"), (name = "ubuf", type = "pointer")]),
  (number = 63, name = "dup2", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd"), (name = "newfd", type = "newfd")]),
  (number = 64, name = "getppid", alias = "getppid", result = "pid"),
  (number = 65, name = "getpgrp", alias = "getpgrp", result = "pid"),
  (number = 66, name = "setsid", alias = "setsid", result = "pid"),
  (number = 67, name = "sigaction", alias = "sigaction", result = "zero", groups = ["signal"], args = [(name = "sig", type = "signal"), (name = "act", type = "sigaction"), (name = "oact", type = "sigaction")]),
  (number = 68, name = "sgetmask", alias = "sigprocmask", result = "value", groups = ["signal"]),
  (number = 69, name = "ssetmask", alias = "sigprocmask", result = "value", groups = ["signal"], args = [(name = "newmask", type = "uint")]),
  (number = 70, name = "setreuid", alias = "setreuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid")]),
  (number = 71, name = "setregid", alias = "setregid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid")]),
  (number = 72, name = "sigsuspend", alias = "sigsuspend", result = "zero", groups = ["signal"], args = [(name = "unused1", type = "int"), (name = "unused2", type = "int"), (name = "mask", type = "uint")]),
  (number = 73, name = "sigpending", alias = "sigpending", result = "zero", groups = ["signal"], args = [(name = "uset", type = "sigset")]),
  (number = 74, name = "sethostname", alias = "sethostname", result = "zero", args = [(name = "name", type = "pointer"), (name = "len", type = "size")]),
  (number = 75, name = "setrlimit", alias = "setrlimit", result = "zero", args = [(name = "resource", type = "enum:rlimit"), (name = "rlim", type = "rlimit")]),
  (number = 76, name = "getrlimit", alias = "getrlimit", result = "zero", args = [(name = "resource", type = "enum:rlimit"), (name = "rlim", type = "rlimit")]),
  (number = 77, name = "getrusage", alias = "getrusage", result = "zero", args = [(name = "who", type = "enum:rusage"), (name = "ru", type = "rusage")]),
  (number = 78, name = "gettimeofday", alias = "gettimeofday", result = "zero", groups = ["clock"], args = [(name = "tv", type = "timeval"), (name = "tz", type = "pointer")]),
  (number = 79, name = "settimeofday", alias = "settimeofday", result = "zero", groups = ["clock"], args = [(name = "tv", type = "timeval"), (name = "tz", type = "pointer")]),
  (number = 80, name = "getgroups", alias = "getgroups", result = "count", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 81, name = "setgroups", alias = "setgroups", result = "zero", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 82, name = "select", alias = "select", result = "count", groups = ["desc"], args = [(name = "arg", type = "pointer")]),
  (number = 83, name = "symlink", alias = "symlink", result = "zero", groups = ["file"], args = [(name = "oldname", type = "path"), (name = "newname", type = "path")]),
  (number = 84, name = "oldlstat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 85, name = "readlink", alias = "readlink", result = "bytes", groups = ["file"], args = [(name = "path", type = "path"), (name = "buf", type = "pointer"), (name = "bufsiz", type = "size")]),
  (number = 86, name = "uselib", alias = "uselib", result = "zero", groups = ["file"], args = [(name = "library", type = "path")]),
  (number = 87, name = "swapon", alias = "swapon", result = "zero", groups = ["file"], args = [(name = "specialfile", type = "path"), (name = "swap_flags", type = "flags:swapon")]),
  (number = 88, name = "reboot", alias = "reboot", result = "zero", args = [(name = "magic1", type = "enum:reboot_magic"), (name = "magic2", type = "enum:reboot_magic"), (name = "cmd", type = "enum:reboot"), (name = "arg", type = "pointer")]),
  (number = 89, name = "readdir", alias = "getdents", result = "count", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "dirent", type = "pointer"), (name = "count", type = "uint")]),
  (number = 90, name = "mmap", alias = "mmap", result = "address", groups = ["desc", "memory"], args = [(name = "arg", type = "pointer")]),
  (number = 91, name = "munmap", alias = "munmap", result = "zero", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "len", type = "size")]),
  (number = 92, name = "truncate", alias = "truncate", result = "zero", groups = ["file"], args = [(name = "path", type = "path"), (name = "length", type = "offset")]),
  (number = 93, name = "ftruncate", alias = "truncate", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "length", type = "offset")]),
  (number = 94, name = "fchmod", alias = "chmod", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "mode", type = "mode")]),
  (number = 95, name = "fchown", alias = "chown", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 96, name = "getpriority", alias = "getpriority", result = "value", args = [(name = "which", type = "enum:priority_which"), (name = "who", type = "int")]),
  (number = 97, name = "setpriority", alias = "setpriority", result = "zero", args = [(name = "which", type = "enum:priority_which"), (name = "who", type = "int"), (name = "niceval", type = "int")]),
  (number = 98, name = "profil", alias = "profil", result = "value"),
  (number = 99, name = "statfs", alias = "statfs", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "buf", type = "statfs")]),
  (number = 100, name = "fstatfs", alias = "statfs", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "buf", type = "statfs")]),
  (number = 101, name = "ioperm", alias = "ioperm", result = "zero", args = [(name = "from", type = "uint"), (name = "num", type = "uint"), (name = "turn_on", type = "int")]),
  (number = 102, name = "socketcall", alias = "socketcall", result = "value", groups = ["network", "desc"], args = [(name = "call", type = "enum:socketcall"), (name = "args", type = "pointer")]),
  (number = 103, name = "syslog", alias = "syslog", result = "value", args = [(name = "type", type = "enum:syslog"), (name = "buf", type = "pointer"), (name = "len", type = "size")]),
  (number = 104, name = "setitimer", alias = "setitimer", result = "zero", args = [(name = "which", type = "enum:itimer"), (name = "value", type = "itimerval"), (name = "ovalue", type = "itimerval")]),
  (number = 105, name = "getitimer", alias = "getitimer", result = "zero", args = [(name = "which", type = "enum:itimer"), (name = "value", type = "itimerval")]),
  (number = 106, name = "stat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 107, name = "lstat", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 108, name = "fstat", alias = "stat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "statbuf", type = "stat")]),
  (number = 109, name = "olduname", alias = "uname", result = "zero", args = [(name = "name", type = "utsname")]),
  (number = 110, name = "iopl", alias = "iopl", result = "zero", args = [(name = "level", type = "uint")]),
  (number = 111, name = "vhangup", alias = "vhangup", result = "zero"),
  (number = 112, name = "idle", alias = "idle", result = "value"),
  (number = 113, name = "vm86old", alias = "vm86", result = "value", args = [(name = "user_vm86", type = "pointer")]),
  (number = 114, name = "wait4", alias = "wait", result = "pid", groups = ["process"], args = [(name = "upid", type = "pid"), (name = "stat_addr", type = "pointer"), (name = "options", type = "flags:wait"), (name = "ru", type = "rusage")]),
  (number = 115, name = "swapoff", alias = "swapoff", result = "zero", groups = ["file"], args = [(name = "specialfile", type = "path")]),
  (number = 116, name = "sysinfo", alias = "sysinfo", result = "zero", args = [(name = "info", type = "sysinfo")]),
  (number = 117, name = "ipc", alias = "ipc", result = "value", groups = ["ipc"], args = [(name = "call", type = "enum:ipc"), (name = "first", type = "int"), (name = "second", type = "uint"), (name = "third", type = "uint"), (name = "ptr", type = "pointer"), (name = "fifth", type = "int")]),
  (number = 118, name = "fsync", alias = "fsync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 119, name = "sigreturn", alias = "sigreturn", result = "value", groups = ["signal"]),
  (number = 120, name = "clone", alias = "clone", result = "pid", groups = ["process"], args = [(name = "clone_flags", type = "flags:clone"), (name = "newsp", type = "address"), (name = "parent_tidptr", type = "pointer"), (name = "tls", type = "address"), (name = "child_tidptr", type = "pointer")]),
  (number = 121, name = "setdomainname", alias = "setdomainname", result = "zero", args = [(name = "name", type = "pointer"), (name = "len", type = "size")]),
  (number = 122, name = "uname", alias = "uname", result = "zero", args = [(name = "name", type = "utsname")]),
  (number = 123, name = "modify_ldt", alias = "modify_ldt", result = "bytes", args = [(name = "func", type = "int"), (name = "ptr", type = "pointer"), (name = "bytecount", type = "size")]),
  (number = 124, name = "adjtimex", alias = "adjtimex", result = "value", groups = ["clock"], args = [(name = "txc_p", type = "timex")]),
  (number = 125, name = "mprotect", alias = "mprotect", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot")]),
  (number = 126, name = "sigprocmask", alias = "sigprocmask", result = "zero", groups = ["signal"], args = [(name = "how", type = "enum:sigprocmask"), (name = "nset", type = "sigset"), (name = "oset", type = "sigset")]),
  (number = 127, name = "create_module", alias = "create_module", result = "address", args = [(name = "name", type = "string"), (name = "size", type = "size")]),
  (number = 128, name = "init_module", alias = "init_module", result = "zero", args = [(name = "umod", type = "pointer"), (name = "len", type = "size"), (name = "uargs", type = "string")]),
  (number = 129, name = "delete_module", alias = "delete_module", result = "zero", args = [(name = "name_user", type = "string"), (name = "flags", type = "flags:delete_module")]),
  (number = 130, name = "get_kernel_syms", alias = "get_kernel_syms", result = "count", args = [(name = "table", type = "pointer")]),
  (number = 131, name = "quotactl", alias = "quotactl", result = "zero", groups = ["file"], args = [(name = "cmd", type = "enum:quotactl"), (name = "special", type = "path"), (name = "id", type = "uint"), (name = "addr", type = "pointer")]),
  (number = 132, name = "getpgid", alias = "getpgid", result = "pid", args = [(name = "pid", type = "pid")]),
  (number = 133, name = "fchdir", alias = "chdir", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 134, name = "bdflush", alias = "bdflush", result = "zero", args = [(name = "func", type = "int"), (name = "data", type = "int")]),
  (number = 135, name = "sysfs", alias = "sysfs", result = "value", args = [(name = "option", type = "int"), (name = "arg1", type = "arg"), (name = "arg2", type = "arg")]),
  (number = 136, name = "personality", alias = "personality", result = "flags:personality", args = [(name = "personality", type = "flags:personality")]),
  (number = 137, name = "afs_syscall", alias = "afs_syscall", result = "value"),
  (number = 138, name = "setfsuid", alias = "setfsuid", result = "value", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 139, name = "setfsgid", alias = "setfsgid", result = "value", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 140, name = "_llseek", alias = "lseek", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset_high", type = "uint"), (name = "offset_low", type = "uint"), (name = "result", type = "offsetptr"), (name = "whence", type = "enum:whence")]),
  (number = 141, name = "getdents", alias = "getdents", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "dirent", type = "pointer"), (name = "count", type = "size")]),
  (number = 142, name = "_newselect", alias = "select", result = "count", groups = ["desc"], args = [(name = "n", type = "int"), (name = "inp", type = "fdset"), (name = "outp", type = "fdset"), (name = "exp", type = "fdset"), (name = "tvp", type = "timeval")]),
  (number = 143, name = "flock", alias = "flock", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:flock")]),
  (number = 144, name = "msync", alias = "msync", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "flags:msync")]),
  (number = 145, name = "readv", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size")]),
  (number = 146, name = "writev", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size")]),
  (number = 147, name = "getsid", alias = "getsid", result = "pid", args = [(name = "pid", type = "pid")]),
  (number = 148, name = "fdatasync", alias = "fsync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 149, name = "_sysctl", alias = "_sysctl", result = "zero", args = [(name = "args", type = "pointer")]),
  (number = 150, name = "mlock", alias = "mlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size")]),
  (number = 151, name = "munlock", alias = "munlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size")]),
  (number = 152, name = "mlockall", alias = "mlockall", result = "zero", groups = ["memory"], args = [(name = "flags", type = "flags:mlockall")]),
  (number = 153, name = "munlockall", alias = "munlockall", result = "zero", groups = ["memory"]),
  (number = 154, name = "sched_setparam", alias = "sched_setparam", result = "zero", args = [(name = "pid", type = "pid"), (name = "param", type = "pointer")]),
  (number = 155, name = "sched_getparam", alias = "sched_getparam", result = "zero", args = [(name = "pid", type = "pid"), (name = "param", type = "pointer")]),
  (number = 156, name = "sched_setscheduler", alias = "sched_setscheduler", result = "zero", args = [(name = "pid", type = "pid"), (name = "policy", type = "enum:sched_policy"), (name = "param", type = "pointer")]),
  (number = 157, name = "sched_getscheduler", alias = "sched_getscheduler", result = "enum:sched_policy", args = [(name = "pid", type = "pid")]),
  (number = 158, name = "sched_yield", alias = "sched_yield", result = "zero"),
  (number = 159, name = "sched_get_priority_max", alias = "sched_get_priority_max", result = "value", args = [(name = "policy", type = "enum:sched_policy")]),
  (number = 160, name = "sched_get_priority_min", alias = "sched_get_priority_min", result = "value", args = [(name = "policy", type = "enum:sched_policy")]),
  (number = 161, name = "sched_rr_get_interval", alias = "sched_rr_get_interval", result = "zero", args = [(name = "pid", type = "pid"), (name = "interval", type = "timespec")]),
  (number = 162, name = "nanosleep", alias = "nanosleep", result = "zero", args = [(name = "rqtp", type = "timespec"), (name = "rmtp", type = "timespec")]),
  (number = 163, name = "mremap", alias = "mremap", result = "address", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "old_len", type = "size"), (name = "new_len", type = "size"), (name = "flags", type = "flags:mremap"), (name = "new_addr", type = "address")]),
  (number = 164, name = "setresuid", alias = "setresuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid"), (name = "suid", type = "uid")]),
  (number = 165, name = "getresuid", alias = "getresuid", result = "zero", groups = ["creds"], args = [(name = "ruidp", type = "pointer"), (name = "euidp", type = "pointer"), (name = "suidp", type = "pointer")]),
  (number = 166, name = "vm86", alias = "vm86", result = "value", args = [(name = "cmd", type = "enum:vm86"), (name = "arg", type = "pointer")]),
  (number = 167, name = "query_module", alias = "query_module", result = "zero", args = [(name = "name", type = "string"), (name = "which", type = "int"), (name = "buf", type = "pointer"), (name = "bufsize", type = "size"), (name = "ret", type = "sizeptr")]),
  (number = 168, name = "poll", alias = "poll", result = "count", groups = ["desc"], args = [(name = "ufds", type = "pollfd"), (name = "nfds", type = "uint"), (name = "timeout_msecs", type = "int")]),
  (number = 169, name = "nfsservctl", alias = "nfsservctl", result = "value", args = [(name = "cmd", type = "int"), (name = "argp", type = "pointer"), (name = "resp", type = "pointer")]),
  (number = 170, name = "setresgid", alias = "setresgid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid"), (name = "sgid", type = "gid")]),
  (number = 171, name = "getresgid", alias = "getresgid", result = "zero", groups = ["creds"], args = [(name = "rgidp", type = "pointer"), (name = "egidp", type = "pointer"), (name = "sgidp", type = "pointer")]),
  (number = 172, name = "prctl", alias = "prctl", result = "value", groups = ["creds"], args = [(name = "option", type = "enum:prctl"), (name = "arg2", type = "arg"), (name = "arg3", type = "arg"), (name = "arg4", type = "arg"), (name = "arg5", type = "arg")]),
  (number = 173, name = "rt_sigreturn", alias = "sigreturn", result = "value", groups = ["signal"]),
  (number = 174, name = "rt_sigaction", alias = "sigaction", result = "zero", groups = ["signal"], args = [(name = "sig", type = "signal"), (name = "act", type = "sigaction"), (name = "oact", type = "sigaction"), (name = "sigsetsize", type = "size")]),
  (number = 175, name = "rt_sigprocmask", alias = "sigprocmask", result = "zero", groups = ["signal"], args = [(name = "how", type = "enum:sigprocmask"), (name = "nset", type = "sigset"), (name = "oset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 176, name = "rt_sigpending", alias = "sigpending", result = "zero", groups = ["signal"], args = [(name = "uset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 177, name = "rt_sigtimedwait", alias = "rt_sigtimedwait", result = "value", groups = ["signal"], args = [(name = "uthese", type = "sigset"), (name = "uinfo", type = "siginfo"), (name = "uts", type = "timespec"), (name = "sigsetsize", type = "size")]),
  (number = 178, name = "rt_sigqueueinfo", alias = "rt_sigqueueinfo", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal"), (name = "uinfo", type = "siginfo")]),
  (number = 179, name = "rt_sigsuspend", alias = "sigsuspend", result = "zero", groups = ["signal"], args = [(name = "unewset", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 180, name = "pread64", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint")]),
  (number = 181, name = "pwrite64", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buf", type = "pointer"), (name = "count", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint")]),
  (number = 182, name = "chown", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 183, name = "getcwd", alias = "getcwd", result = "bytes", groups = ["file"], args = [(name = "buf", type = "pointer"), (name = "size", type = "size")]),
  (number = 184, name = "capget", alias = "capget", result = "zero", groups = ["creds"], args = [(name = "header", type = "pointer"), (name = "dataptr", type = "pointer")]),
  (number = 185, name = "capset", alias = "capset", result = "zero", groups = ["creds"], args = [(name = "header", type = "pointer"), (name = "data", type = "pointer")]),
  (number = 186, name = "sigaltstack", alias = "sigaltstack", result = "zero", groups = ["signal"], args = [(name = "uss", type = "pointer"), (name = "uoss", type = "pointer")]),
  (number = 187, name = "sendfile", alias = "sendfile", result = "bytes", groups = ["network", "desc"], bytes = both, args = [(name = "out_fd", type = "fd"), (name = "in_fd", type = "fd"), (name = "offset", type = "offsetptr"), (name = "count", type = "size")]),
  (number = 188, name = "getpmsg", alias = "getpmsg", result = "value", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "ctlptr", type = "pointer"), (name = "dataptr", type = "pointer"), (name = "bandp", type = "pointer"), (name = "flagsp", type = "pointer")]),
  (number = 189, name = "putpmsg", alias = "putpmsg", result = "value", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "ctlptr", type = "pointer"), (name = "dataptr", type = "pointer"), (name = "band", type = "int"), (name = "flags", type = "int")]),
  (number = 190, name = "vfork", alias = "clone", result = "pid", groups = ["process"]),
  (number = 191, name = "ugetrlimit", alias = "getrlimit", result = "zero", args = [(name = "resource", type = "enum:rlimit"), (name = "rlim", type = "rlimit")]),
  (number = 192, name = "mmap2", alias = "mmap", result = "address", groups = ["desc", "memory"], args = [(name = "addr", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot"), (name = "flags", type = "flags:mmap"), (name = "fd", type = "fd"), (name = "pgoff", type = "pageoffset")]),
  (number = 193, name = "truncate64", alias = "truncate", result = "zero", groups = ["file"], args = [(name = "path", type = "path"), (name = "length_l", type = "uint"), (name = "length_h", type = "uint")]),
  (number = 194, name = "ftruncate64", alias = "truncate", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "length_l", type = "uint"), (name = "length_h", type = "uint")]),
  (number = 195, name = "stat64", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 196, name = "lstat64", alias = "stat", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "statbuf", type = "stat")]),
  (number = 197, name = "fstat64", alias = "stat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "statbuf", type = "stat")]),
  (number = 198, name = "lchown32", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 199, name = "getuid32", alias = "getuid", result = "value", groups = ["creds"]),
  (number = 200, name = "getgid32", alias = "getgid", result = "value", groups = ["creds"]),
  (number = 201, name = "geteuid32", alias = "geteuid", result = "value", groups = ["creds"]),
  (number = 202, name = "getegid32", alias = "getegid", result = "value", groups = ["creds"]),
  (number = 203, name = "setreuid32", alias = "setreuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid")]),
  (number = 204, name = "setregid32", alias = "setregid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid")]),
  (number = 205, name = "getgroups32", alias = "getgroups", result = "count", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 206, name = "setgroups32", alias = "setgroups", result = "zero", groups = ["creds"], args = [(name = "gidsetsize", type = "int"), (name = "grouplist", type = "pointer")]),
  (number = 207, name = "fchown32", alias = "chown", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 208, name = "setresuid32", alias = "setresuid", result = "zero", groups = ["creds"], args = [(name = "ruid", type = "uid"), (name = "euid", type = "uid"), (name = "suid", type = "uid")]),
  (number = 209, name = "getresuid32", alias = "getresuid", result = "zero", groups = ["creds"], args = [(name = "ruidp", type = "pointer"), (name = "euidp", type = "pointer"), (name = "suidp", type = "pointer")]),
  (number = 210, name = "setresgid32", alias = "setresgid", result = "zero", groups = ["creds"], args = [(name = "rgid", type = "gid"), (name = "egid", type = "gid"), (name = "sgid", type = "gid")]),
  (number = 211, name = "getresgid32", alias = "getresgid", result = "zero", groups = ["creds"], args = [(name = "rgidp", type = "pointer"), (name = "egidp", type = "pointer"), (name = "sgidp", type = "pointer")]),
  (number = 212, name = "chown32", alias = "chown", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid")]),
  (number = 213, name = "setuid32", alias = "setuid", result = "zero", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 214, name = "setgid32", alias = "setgid", result = "zero", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 215, name = "setfsuid32", alias = "setfsuid", result = "value", groups = ["creds"], args = [(name = "uid", type = "uid")]),
  (number = 216, name = "setfsgid32", alias = "setfsgid", result = "value", groups = ["creds"], args = [(name = "gid", type = "gid")]),
  (number = 217, name = "pivot_root", alias = "pivot_root", result = "zero", groups = ["file"], args = [(name = "new_root", type = "path"), (name = "put_old", type = "path")]),
  (number = 218, name = "mincore", alias = "mincore", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "vec", type = "pointer")]),
  (number = 219, name = "madvise", alias = "madvise", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len_in", type = "size"), (name = "behavior", type = "enum:madvise")]),
  (number = 220, name = "getdents64", alias = "getdents", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "dirent", type = "pointer"), (name = "count", type = "size")]),
  (number = 221, name = "fcntl64", alias = "fcntl", result = "value", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:fcntl"), (name = "arg", type = "arg")]),
  (number = 224, name = "gettid", alias = "gettid", result = "pid"),
  (number = 225, name = "readahead", alias = "readahead", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset_l", type = "uint"), (name = "offset_h", type = "uint"), (name = "count", type = "size")]),
  (number = 226, name = "setxattr", alias = "setxattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 227, name = "lsetxattr", alias = "setxattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 228, name = "fsetxattr", alias = "setxattr", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:xattr")]),
  (number = 229, name = "getxattr", alias = "getxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 230, name = "lgetxattr", alias = "getxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 231, name = "fgetxattr", alias = "getxattr", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string"), (name = "value", type = "pointer"), (name = "size", type = "size")]),
  (number = 232, name = "listxattr", alias = "listxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 233, name = "llistxattr", alias = "listxattr", result = "bytes", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 234, name = "flistxattr", alias = "listxattr", result = "bytes", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 235, name = "removexattr", alias = "removexattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string")]),
  (number = 236, name = "lremovexattr", alias = "removexattr", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "name", type = "string")]),
  (number = 237, name = "fremovexattr", alias = "removexattr", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "name", type = "string")]),
  (number = 238, name = "tkill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 239, name = "sendfile64", alias = "sendfile", result = "bytes", groups = ["network", "desc"], bytes = both, args = [(name = "out_fd", type = "fd"), (name = "in_fd", type = "fd"), (name = "offset", type = "offsetptr"), (name = "count", type = "size")]),
  (number = 240, name = "futex", alias = "futex", result = "value", args = [(name = "uaddr", type = "pointer"), (name = "op", type = "enum:futex_op"), (name = "val", type = "uint"), (name = "utime", type = "timespec"), (name = "uaddr2", type = "pointer"), (name = "val3", type = "hex")]),
  (number = 241, name = "sched_setaffinity", alias = "sched_setaffinity", result = "zero", args = [(name = "pid", type = "pid"), (name = "len", type = "size"), (name = "user_mask_ptr", type = "pointer")]),
  (number = 242, name = "sched_getaffinity", alias = "sched_getaffinity", result = "bytes", args = [(name = "pid", type = "pid"), (name = "len", type = "size"), (name = "user_mask_ptr", type = "pointer")]),
  (number = 243, name = "set_thread_area", alias = "set_thread_area", result = "zero", args = [(name = "u_info", type = "pointer")]),
  (number = 244, name = "get_thread_area", alias = "get_thread_area", result = "zero", args = [(name = "u_info", type = "pointer")]),
  (number = 245, name = "io_setup", alias = "io_setup", result = "zero", groups = ["memory"], args = [(name = "nr_events", type = "uint"), (name = "ctxp", type = "pointer")]),
  (number = 246, name = "io_destroy", alias = "io_destroy", result = "zero", groups = ["memory"], args = [(name = "ctx", type = "aioctx")]),
  (number = 247, name = "io_getevents", alias = "io_getevents", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "min_nr", type = "int"), (name = "nr", type = "int"), (name = "events", type = "pointer"), (name = "timeout", type = "timespec")]),
  (number = 248, name = "io_submit", alias = "io_submit", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "nr", type = "int"), (name = "iocbpp", type = "pointer")]),
  (number = 249, name = "io_cancel", alias = "io_cancel", result = "zero", args = [(name = "ctx_id", type = "aioctx"), (name = "iocb", type = "pointer"), (name = "result", type = "pointer")]),
  (number = 250, name = "fadvise64", alias = "fadvise", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset_l", type = "uint"), (name = "offset_h", type = "uint"), (name = "len", type = "size"), (name = "advice", type = "enum:fadvise")]),
  (number = 252, name = "exit_group", alias = "exit", result = "none", groups = ["process"], args = [(name = "error_code", type = "int")]),
  (number = 253, name = "lookup_dcookie", alias = "lookup_dcookie", result = "bytes", args = [(name = "cookie_l", type = "uint"), (name = "cookie_h", type = "uint"), (name = "buf", type = "pointer"), (name = "len", type = "size")]),
  (number = 254, name = "epoll_create", alias = "epoll_create", result = "fd", groups = ["desc"], args = [(name = "size", type = "int")]),
  (number = 255, name = "epoll_ctl", alias = "epoll_ctl", result = "zero", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "op", type = "enum:epoll_ctl"), (name = "fd", type = "fd"), (name = "event", type = "epoll_event")]),
  (number = 256, name = "epoll_wait", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "int")]),
  (number = 257, name = "remap_file_pages", alias = "remap_file_pages", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "size", type = "size"), (name = "prot", type = "flags:prot"), (name = "pgoff", type = "size"), (name = "flags", type = "flags:mmap")]),
  (number = 258, name = "set_tid_address", alias = "set_tid_address", result = "pid", args = [(name = "tidptr", type = "pointer")]),
  (number = 259, name = "timer_create", alias = "timer_create", result = "zero", args = [(name = "which_clock", type = "enum:clock"), (name = "timer_event_spec", type = "pointer"), (name = "created_timer_id", type = "pointer")]),
  (number = 260, name = "timer_settime", alias = "timer_settime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "flags", type = "flags:timer"), (name = "new_setting", type = "itimerspec"), (name = "old_setting", type = "itimerspec")]),
  (number = 261, name = "timer_gettime", alias = "timer_gettime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "setting", type = "itimerspec")]),
  (number = 262, name = "timer_getoverrun", alias = "timer_getoverrun", result = "count", args = [(name = "timer_id", type = "int")]),
  (number = 263, name = "timer_delete", alias = "timer_delete", result = "zero", args = [(name = "timer_id", type = "int")]),
  (number = 264, name = "clock_settime", alias = "clock_settime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 265, name = "clock_gettime", alias = "clock_gettime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 266, name = "clock_getres", alias = "clock_getres", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 267, name = "clock_nanosleep", alias = "clock_nanosleep", result = "zero", args = [(name = "which_clock", type = "enum:clock"), (name = "flags", type = "flags:timer"), (name = "rqtp", type = "timespec"), (name = "rmtp", type = "timespec")]),
  (number = 268, name = "statfs64", alias = "statfs", result = "zero", groups = ["file"], args = [(name = "pathname", type = "path"), (name = "sz", type = "size"), (name = "buf", type = "statfs")]),
  (number = 269, name = "fstatfs64", alias = "statfs", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "sz", type = "size"), (name = "buf", type = "statfs")]),
  (number = 270, name = "tgkill", alias = "kill", result = "zero", groups = ["process", "signal"], args = [(name = "tgid", type = "pid"), (name = "pid", type = "pid"), (name = "sig", type = "signal")]),
  (number = 271, name = "utimes", alias = "utime", result = "zero", groups = ["file"], args = [(name = "filename", type = "path"), (name = "utimes", type = "timeval")]),
  (number = 272, name = "fadvise64_64", alias = "fadvise", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset_l", type = "uint"), (name = "offset_h", type = "uint"), (name = "len_l", type = "uint"), (name = "len_h", type = "uint"), (name = "advice", type = "enum:fadvise")]),
  (number = 273, name = "vserver", alias = "vserver", result = "value"),
  (number = 274, name = "mbind", alias = "mbind", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "mode", type = "enum:mempolicy"), (name = "nmask", type = "pointer"), (name = "maxnode", type = "uint"), (name = "flags", type = "flags:mbind")]),
  (number = 275, name = "get_mempolicy", alias = "get_mempolicy", result = "zero", groups = ["memory"], args = [(name = "policy", type = "pointer"), (name = "nmask", type = "pointer"), (name = "maxnode", type = "uint"), (name = "addr", type = "address"), (name = "flags", type = "flags:get_mempolicy")]),
  (number = 276, name = "set_mempolicy", alias = "set_mempolicy", result = "zero", groups = ["memory"], args = [(name = "mode", type = "enum:mempolicy"), (name = "nmask", type = "pointer"), (name = "maxnode", type = "uint")]),
  (number = 277, name = "mq_open", alias = "mq_open", result = "fd", groups = ["desc"], args = [(name = "u_name", type = "string"), (name = "oflag", type = "flags:open"), (name = "mode", type = "create_mode"), (name = "u_attr", type = "pointer")]),
  (number = 278, name = "mq_unlink", alias = "mq_unlink", result = "zero", args = [(name = "u_name", type = "string")]),
  (number = 279, name = "mq_timedsend", alias = "mq_timedsend", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "msg_prio", type = "uint"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 280, name = "mq_timedreceive", alias = "mq_timedreceive", result = "bytes", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "u_msg_prio", type = "pointer"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 281, name = "mq_notify", alias = "mq_notify", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_notification", type = "pointer")]),
  (number = 282, name = "mq_getsetattr", alias = "mq_getsetattr", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_mqstat", type = "pointer"), (name = "u_omqstat", type = "pointer")]),
  (number = 283, name = "kexec_load", alias = "kexec_load", result = "zero", args = [(name = "entry", type = "address"), (name = "nr_segments", type = "uint"), (name = "segments", type = "pointer"), (name = "flags", type = "flags:kexec")]),
  (number = 284, name = "waitid", alias = "wait", result = "zero", groups = ["process"], args = [(name = "which", type = "enum:waitid"), (name = "upid", type = "pid"), (name = "infop", type = "siginfo"), (name = "options", type = "flags:waitid"), (name = "ru", type = "rusage")]),
  (number = 286, name = "add_key", alias = "add_key", result = "value", args = [(name = "type", type = "string"), (name = "description", type = "string"), (name = "payload", type = "pointer"), (name = "plen", type = "size"), (name = "ringid", type = "int")]),
  (number = 287, name = "request_key", alias = "request_key", result = "value", args = [(name = "type", type = "string"), (name = "description", type = "string"), (name = "callout_info", type = "string"), (name = "destringid", type = "int")]),
  (number = 288, name = "keyctl", alias = "keyctl", result = "value", args = [(name = "option", type = "enum:keyctl"), (name = "arg2", type = "arg"), (name = "arg3", type = "arg"), (name = "arg4", type = "arg"), (name = "arg5", type = "arg")]),
  (number = 289, name = "ioprio_set", alias = "ioprio_set", result = "zero", args = [(name = "which", type = "enum:ioprio_which"), (name = "who", type = "int"), (name = "ioprio", type = "int")]),
  (number = 290, name = "ioprio_get", alias = "ioprio_get", result = "value", args = [(name = "which", type = "enum:ioprio_which"), (name = "who", type = "int")]),
  (number = 291, name = "inotify_init", alias = "inotify_init", result = "fd", groups = ["desc"]),
  (number = 292, name = "inotify_add_watch", alias = "inotify_add_watch", result = "value", groups = ["file", "desc"], args = [(name = "fd", type = "fd"), (name = "pathname", type = "path"), (name = "mask", type = "flags:inotify")]),
  (number = 293, name = "inotify_rm_watch", alias = "inotify_rm_watch", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "wd", type = "int")]),
  (number = 294, name = "migrate_pages", alias = "migrate_pages", result = "count", groups = ["memory"], args = [(name = "pid", type = "pid"), (name = "maxnode", type = "uint"), (name = "old_nodes", type = "pointer"), (name = "new_nodes", type = "pointer")]),
  (number = 295, name = "openat", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open"), (name = "mode", type = "create_mode")]),
  (number = 296, name = "mkdirat", alias = "mkdir", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "mode", type = "mode")]),
  (number = 297, name = "mknodat", alias = "mknod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "file_mode"), (name = "dev", type = "dev")]),
  (number = 298, name = "fchownat", alias = "chown", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "user", type = "uid"), (name = "group", type = "gid"), (name = "flag", type = "flags:at")]),
  (number = 299, name = "futimesat", alias = "utime", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "utimes", type = "timeval")]),
  (number = 300, name = "fstatat64", alias = "stat", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "statbuf", type = "stat"), (name = "flag", type = "flags:at")]),
  (number = 301, name = "unlinkat", alias = "unlink", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "flag", type = "flags:unlinkat")]),
  (number = 302, name = "renameat", alias = "rename", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path")]),
  (number = 303, name = "linkat", alias = "link", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path"), (name = "flags", type = "flags:at")]),
  (number = 304, name = "symlinkat", alias = "symlink", result = "zero", groups = ["file", "desc"], args = [(name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path")]),
  (number = 305, name = "readlinkat", alias = "readlink", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "buf", type = "pointer"), (name = "bufsiz", type = "size")]),
  (number = 306, name = "fchmodat", alias = "chmod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "mode")]),
  (number = 307, name = "faccessat", alias = "access", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "flags:access")]),
  (number = 308, name = "pselect6", alias = "select", result = "count", groups = ["desc"], args = [(name = "n", type = "int"), (name = "inp", type = "fdset"), (name = "outp", type = "fdset"), (name = "exp", type = "fdset"), (name = "tsp", type = "timespec"), (name = "sig", type = "pointer")]),
  (number = 309, name = "ppoll", alias = "poll", result = "count", groups = ["desc"], args = [(name = "ufds", type = "pollfd"), (name = "nfds", type = "uint"), (name = "tsp", type = "timespec"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 310, name = "unshare", alias = "unshare", result = "zero", args = [(name = "unshare_flags", type = "flags:unshare")]),
  (number = 311, name = "set_robust_list", alias = "set_robust_list", result = "zero", args = [(name = "head", type = "pointer"), (name = "len", type = "size")]),
  (number = 312, name = "get_robust_list", alias = "get_robust_list", result = "zero", args = [(name = "pid", type = "pid"), (name = "head_ptr", type = "pointer"), (name = "len_ptr", type = "sizeptr")]),
  (number = 313, name = "splice", alias = "splice", result = "bytes", groups = ["desc"], bytes = both, args = [(name = "fd_in", type = "fd"), (name = "off_in", type = "offsetptr"), (name = "fd_out", type = "fd"), (name = "off_out", type = "offsetptr"), (name = "len", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 314, name = "sync_file_range", alias = "sync_file_range", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "offset_l", type = "uint"), (name = "offset_h", type = "uint"), (name = "nbytes_l", type = "uint"), (name = "nbytes_h", type = "uint"), (name = "flags", type = "flags:sync_file_range")]),
  (number = 315, name = "tee", alias = "tee", result = "bytes", groups = ["desc"], bytes = copied, args = [(name = "fdin", type = "fd"), (name = "fdout", type = "fd"), (name = "len", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 316, name = "vmsplice", alias = "vmsplice", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "uiov", type = "iovec"), (name = "nr_segs", type = "size"), (name = "flags", type = "flags:splice")]),
  (number = 317, name = "move_pages", alias = "move_pages", result = "value", groups = ["memory"], args = [(name = "pid", type = "pid"), (name = "nr_pages", type = "uint"), (name = "pages", type = "pointer"), (name = "nodes", type = "pointer"), (name = "status", type = "pointer"), (name = "flags", type = "flags:mbind")]),
  (number = 318, name = "getcpu", alias = "getcpu", result = "zero", args = [(name = "cpup", type = "pointer"), (name = "nodep", type = "pointer"), (name = "unused", type = "pointer")]),
  (number = 319, name = "epoll_pwait", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "int"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 320, name = "utimensat", alias = "utime", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "utimes", type = "timespec"), (name = "flags", type = "flags:at")]),
  (number = 321, name = "signalfd", alias = "signalfd", result = "fd", groups = ["signal", "desc"], args = [(name = "ufd", type = "fd"), (name = "user_mask", type = "sigset"), (name = "sizemask", type = "size")]),
  (number = 322, name = "timerfd_create", alias = "timerfd_create", result = "fd", groups = ["desc"], args = [(name = "clockid", type = "enum:clock"), (name = "flags", type = "flags:timerfd_create")]),
  (number = 323, name = "eventfd", alias = "eventfd", result = "fd", groups = ["desc"], args = [(name = "count", type = "uint")]),
  (number = 324, name = "fallocate", alias = "fallocate", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "mode", type = "flags:fallocate"), (name = "offset_l", type = "uint"), (name = "offset_h", type = "uint"), (name = "len_l", type = "uint"), (name = "len_h", type = "uint")]),
  (number = 325, name = "timerfd_settime", alias = "timerfd_settime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "flags", type = "flags:timerfd_settime"), (name = "utmr", type = "itimerspec"), (name = "otmr", type = "itimerspec")]),
  (number = 326, name = "timerfd_gettime", alias = "timerfd_gettime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "otmr", type = "itimerspec")]),
  (number = 327, name = "signalfd4", alias = "signalfd", result = "fd", groups = ["signal", "desc"], args = [(name = "ufd", type = "fd"), (name = "user_mask", type = "sigset"), (name = "sizemask", type = "size"), (name = "flags", type = "flags:signalfd")]),
  (number = 328, name = "eventfd2", alias = "eventfd", result = "fd", groups = ["desc"], args = [(name = "count", type = "uint"), (name = "flags", type = "flags:eventfd")]),
  (number = 329, name = "epoll_create1", alias = "epoll_create", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:epoll_create")]),
  (number = 330, name = "dup3", alias = "dup", result = "fd", groups = ["desc"], args = [(name = "oldfd", type = "fd"), (name = "newfd", type = "newfd"), (name = "flags", type = "flags:dup3")]),
  (number = 331, name = "pipe2", alias = "pipe", result = "zero", groups = ["desc"], args = [(name = "fildes", type = "fdpair"), (name = "flags", type = "flags:pipe")]),
  (number = 332, name = "inotify_init1", alias = "inotify_init", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:inotify_init")]),
  (number = 333, name = "preadv", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint")]),
  (number = 334, name = "pwritev", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint")]),
  (number = 335, name = "rt_tgsigqueueinfo", alias = "rt_sigqueueinfo", result = "zero", groups = ["process", "signal"], args = [(name = "tgid", type = "pid"), (name = "pid", type = "pid"), (name = "sig", type = "signal"), (name = "uinfo", type = "siginfo")]),
  (number = 336, name = "perf_event_open", alias = "perf_event_open", result = "fd", groups = ["desc"], args = [(name = "attr_uptr", type = "pointer"), (name = "pid", type = "pid"), (name = "cpu", type = "int"), (name = "group_fd", type = "fd"), (name = "flags", type = "flags:perf_event_open")]),
  (number = 337, name = "recvmmsg", alias = "recv", result = "count", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "mmsg", type = "mmsghdr"), (name = "vlen", type = "uint"), (name = "flags", type = "flags:msg"), (name = "timeout", type = "timespec")]),
  (number = 338, name = "fanotify_init", alias = "fanotify_init", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:fanotify_init"), (name = "event_f_flags", type = "flags:open")]),
  (number = 339, name = "fanotify_mark", alias = "fanotify_mark", result = "zero", groups = ["file", "desc"], args = [(name = "fanotify_fd", type = "fd"), (name = "flags", type = "flags:fanotify_mark"), (name = "mask_l", type = "uint"), (name = "mask_h", type = "uint"), (name = "dfd", type = "dirfd"), (name = "pathname", type = "path")]),
  (number = 340, name = "prlimit64", alias = "prlimit", result = "zero", args = [(name = "pid", type = "pid"), (name = "resource", type = "enum:rlimit"), (name = "new_rlim", type = "rlimit"), (name = "old_rlim", type = "rlimit")]),
  (number = 341, name = "name_to_handle_at", alias = "name_to_handle_at", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "name", type = "path"), (name = "handle", type = "pointer"), (name = "mnt_id", type = "pointer"), (name = "flag", type = "flags:handle_at")]),
  (number = 342, name = "open_by_handle_at", alias = "open_by_handle_at", result = "fd", groups = ["desc"], args = [(name = "mountdirfd", type = "dirfd"), (name = "handle", type = "pointer"), (name = "flags", type = "flags:open")]),
  (number = 343, name = "clock_adjtime", alias = "clock_adjtime", result = "value", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "utx", type = "timex")]),
  (number = 344, name = "syncfs", alias = "sync", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd")]),
  (number = 345, name = "sendmmsg", alias = "send", result = "count", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "mmsg", type = "mmsghdr"), (name = "vlen", type = "uint"), (name = "flags", type = "flags:msg")]),
  (number = 346, name = "setns", alias = "setns", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "flags", type = "flags:setns")]),
  (number = 347, name = "process_vm_readv", alias = "process_vm_readv", result = "bytes", args = [(name = "pid", type = "pid"), (name = "lvec", type = "iovec"), (name = "liovcnt", type = "size"), (name = "rvec", type = "iovec"), (name = "riovcnt", type = "size"), (name = "flags", type = "uint")]),
  (number = 348, name = "process_vm_writev", alias = "process_vm_writev", result = "bytes", args = [(name = "pid", type = "pid"), (name = "lvec", type = "iovec"), (name = "liovcnt", type = "size"), (name = "rvec", type = "iovec"), (name = "riovcnt", type = "size"), (name = "flags", type = "uint")]),
  (number = 349, name = "kcmp", alias = "kcmp", result = "value", args = [(name = "pid1", type = "pid"), (name = "pid2", type = "pid"), (name = "type", type = "enum:kcmp"), (name = "idx1", type = "arg"), (name = "idx2", type = "arg")]),
  (number = 350, name = "finit_module", alias = "init_module", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "uargs", type = "string"), (name = "flags", type = "flags:finit_module")]),
  (number = 351, name = "sched_setattr", alias = "sched_setattr", result = "zero", args = [(name = "pid", type = "pid"), (name = "uattr", type = "pointer"), (name = "flags", type = "uint")]),
  (number = 352, name = "sched_getattr", alias = "sched_getattr", result = "zero", args = [(name = "pid", type = "pid"), (name = "uattr", type = "pointer"), (name = "usize", type = "size"), (name = "flags", type = "uint")]),
  (number = 353, name = "renameat2", alias = "rename", result = "zero", groups = ["file", "desc"], args = [(name = "olddfd", type = "dirfd"), (name = "oldname", type = "path"), (name = "newdfd", type = "dirfd"), (name = "newname", type = "path"), (name = "flags", type = "flags:rename")]),
  (number = 354, name = "seccomp", alias = "seccomp", result = "value", args = [(name = "op", type = "enum:seccomp"), (name = "flags", type = "flags:seccomp"), (name = "uargs", type = "pointer")]),
  (number = 355, name = "getrandom", alias = "getrandom", result = "bytes", args = [(name = "ubuf", type = "pointer"), (name = "len", type = "size"), (name = "flags", type = "flags:getrandom")]),
  (number = 356, name = "memfd_create", alias = "memfd_create", result = "fd", groups = ["desc"], args = [(name = "name", type = "string"), (name = "flags", type = "flags:memfd_create")]),
  (number = 357, name = "bpf", alias = "bpf", result = "value", groups = ["desc"], args = [(name = "cmd", type = "enum:bpf"), (name = "uattr", type = "pointer"), (name = "size", type = "size")]),
  (number = 358, name = "execveat", alias = "execve", result = "zero", groups = ["file", "process", "desc"], args = [(name = "fd", type = "dirfd"), (name = "filename", type = "path"), (name = "argv", type = "argv"), (name = "envp", type = "argv"), (name = "flags", type = "flags:execveat")]),
  (number = 359, name = "socket", alias = "socket", result = "fd", groups = ["network"], args = [(name = "family", type = "enum:socket_domain"), (name = "type", type = "enum:socket_type"), (name = "protocol", type = "enum:socket_protocol")]),
  (number = 360, name = "socketpair", alias = "socketpair", result = "zero", groups = ["network"], args = [(name = "family", type = "enum:socket_domain"), (name = "type", type = "enum:socket_type"), (name = "protocol", type = "enum:socket_protocol"), (name = "usockvec", type = "fdpair")]),
  (number = 361, name = "bind", alias = "bind", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "umyaddr", type = "sockaddr"), (name = "addrlen", type = "size")]),
  (number = 362, name = "connect", alias = "connect", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "uservaddr", type = "sockaddr"), (name = "addrlen", type = "size")]),
  (number = 363, name = "listen", alias = "listen", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "backlog", type = "int")]),
  (number = 364, name = "accept4", alias = "accept", result = "fd", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "upeer_sockaddr", type = "sockaddr"), (name = "upeer_addrlen", type = "sizeptr"), (name = "flags", type = "flags:socket")]),
  (number = 365, name = "getsockopt", alias = "getsockopt", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "level", type = "enum:sockopt_level"), (name = "optname", type = "enum:sockopt"), (name = "optval", type = "pointer"), (name = "optlen", type = "sizeptr")]),
  (number = 366, name = "setsockopt", alias = "setsockopt", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "level", type = "enum:sockopt_level"), (name = "optname", type = "enum:sockopt"), (name = "optval", type = "pointer"), (name = "optlen", type = "size")]),
  (number = 367, name = "getsockname", alias = "getsockname", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "usockaddr", type = "sockaddr"), (name = "usockaddr_len", type = "sizeptr")]),
  (number = 368, name = "getpeername", alias = "getpeername", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "usockaddr", type = "sockaddr"), (name = "usockaddr_len", type = "sizeptr")]),
  (number = 369, name = "sendto", alias = "send", result = "bytes", groups = ["network"], bytes = write, args = [(name = "fd", type = "fd"), (name = "buff", type = "pointer"), (name = "len", type = "size"), (name = "flags", type = "flags:msg"), (name = "addr", type = "sockaddr"), (name = "addr_len", type = "size")]),
  (number = 370, name = "sendmsg", alias = "send", result = "bytes", groups = ["network"], bytes = write, args = [(name = "fd", type = "fd"), (name = "msg", type = "msghdr"), (name = "flags", type = "flags:msg")]),
  (number = 371, name = "recvfrom", alias = "recv", result = "bytes", groups = ["network"], bytes = read, args = [(name = "fd", type = "fd"), (name = "ubuf", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:msg"), (name = "addr", type = "sockaddr"), (name = "addr_len", type = "sizeptr")]),
  (number = 372, name = "recvmsg", alias = "recv", result = "bytes", groups = ["network"], bytes = read, args = [(name = "fd", type = "fd"), (name = "msg", type = "msghdr"), (name = "flags", type = "flags:msg")]),
  (number = 373, name = "shutdown", alias = "shutdown", result = "zero", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "how", type = "enum:shutdown")]),
  (number = 374, name = "userfaultfd", alias = "userfaultfd", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:userfaultfd")]),
  (number = 375, name = "membarrier", alias = "membarrier", result = "value", args = [(name = "cmd", type = "enum:membarrier"), (name = "flags", type = "flags:membarrier"), (name = "cpu_id", type = "int")]),
  (number = 376, name = "mlock2", alias = "mlock", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "flags:mlock")]),
  (number = 377, name = "copy_file_range", alias = "copy_file_range", result = "bytes", groups = ["desc"], bytes = both, args = [(name = "fd_in", type = "fd"), (name = "off_in", type = "offsetptr"), (name = "fd_out", type = "fd"), (name = "off_out", type = "offsetptr"), (name = "len", type = "size"), (name = "flags", type = "uint")]),
  (number = 378, name = "preadv2", alias = "read", result = "bytes", groups = ["desc"], bytes = read, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint"), (name = "flags", type = "flags:rwf")]),
  (number = 379, name = "pwritev2", alias = "write", result = "bytes", groups = ["desc"], bytes = write, args = [(name = "fd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "pos_l", type = "uint"), (name = "pos_h", type = "uint"), (name = "flags", type = "flags:rwf")]),
  (number = 380, name = "pkey_mprotect", alias = "mprotect", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "prot", type = "flags:prot"), (name = "pkey", type = "int")]),
  (number = 381, name = "pkey_alloc", alias = "pkey_alloc", result = "value", args = [(name = "flags", type = "uint"), (name = "init_val", type = "flags:pkey_rights")]),
  (number = 382, name = "pkey_free", alias = "pkey_free", result = "zero", args = [(name = "pkey", type = "int")]),
  (number = 383, name = "statx", alias = "stat", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:statx_at"), (name = "mask", type = "flags:statx_mask"), (name = "buffer", type = "statx")]),
  (number = 384, name = "arch_prctl", alias = "arch_prctl", result = "zero", args = [(name = "option", type = "enum:arch_prctl"), (name = "addr", type = "arg")]),
  (number = 385, name = "io_pgetevents", alias = "io_getevents", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "min_nr", type = "int"), (name = "nr", type = "int"), (name = "events", type = "pointer"), (name = "timeout", type = "timespec"), (name = "usig", type = "pointer")]),
  (number = 386, name = "rseq", alias = "rseq", result = "zero", args = [(name = "rseq", type = "pointer"), (name = "rseq_len", type = "hex"), (name = "flags", type = "flags:rseq"), (name = "sig", type = "hex")]),
  (number = 393, name = "semget", alias = "semget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "nsems", type = "int"), (name = "semflg", type = "flags:semget")]),
  (number = 394, name = "semctl", alias = "semctl", result = "value", groups = ["ipc"], args = [(name = "semid", type = "int"), (name = "semnum", type = "int"), (name = "cmd", type = "enum:semctl"), (name = "arg", type = "arg")]),
  (number = 395, name = "shmget", alias = "shmget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "size", type = "size"), (name = "shmflg", type = "flags:shmget")]),
  (number = 396, name = "shmctl", alias = "shmctl", result = "value", groups = ["ipc"], args = [(name = "shmid", type = "int"), (name = "cmd", type = "enum:shmctl"), (name = "buf", type = "pointer")]),
  (number = 397, name = "shmat", alias = "shmat", result = "address", groups = ["ipc", "memory"], args = [(name = "shmid", type = "int"), (name = "shmaddr", type = "address"), (name = "shmflg", type = "flags:shmat")]),
  (number = 398, name = "shmdt", alias = "shmdt", result = "zero", groups = ["ipc", "memory"], args = [(name = "shmaddr", type = "address")]),
  (number = 399, name = "msgget", alias = "msgget", result = "value", groups = ["ipc"], args = [(name = "key", type = "ipckey"), (name = "msgflg", type = "flags:msgget")]),
  (number = 400, name = "msgsnd", alias = "msgsnd", result = "zero", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "msgp", type = "pointer"), (name = "msgsz", type = "size"), (name = "msgflg", type = "flags:msgop")]),
  (number = 401, name = "msgrcv", alias = "msgrcv", result = "bytes", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "msgp", type = "pointer"), (name = "msgsz", type = "size"), (name = "msgtyp", type = "int"), (name = "msgflg", type = "flags:msgop")]),
  (number = 402, name = "msgctl", alias = "msgctl", result = "value", groups = ["ipc"], args = [(name = "msqid", type = "int"), (name = "cmd", type = "enum:msgctl"), (name = "buf", type = "pointer")]),
  (number = 403, name = "clock_gettime64", alias = "clock_gettime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 404, name = "clock_settime64", alias = "clock_settime", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 405, name = "clock_adjtime64", alias = "clock_adjtime", result = "value", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "utx", type = "timex")]),
  (number = 406, name = "clock_getres_time64", alias = "clock_getres", result = "zero", groups = ["clock"], args = [(name = "which_clock", type = "enum:clock"), (name = "tp", type = "timespec")]),
  (number = 407, name = "clock_nanosleep_time64", alias = "clock_nanosleep", result = "zero", args = [(name = "which_clock", type = "enum:clock"), (name = "flags", type = "flags:timer"), (name = "rqtp", type = "timespec"), (name = "rmtp", type = "timespec")]),
  (number = 408, name = "timer_gettime64", alias = "timer_gettime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "setting", type = "itimerspec")]),
  (number = 409, name = "timer_settime64", alias = "timer_settime", result = "zero", args = [(name = "timer_id", type = "int"), (name = "flags", type = "flags:timer"), (name = "new_setting", type = "itimerspec"), (name = "old_setting", type = "itimerspec")]),
  (number = 410, name = "timerfd_gettime64", alias = "timerfd_gettime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "otmr", type = "itimerspec")]),
  (number = 411, name = "timerfd_settime64", alias = "timerfd_settime", result = "zero", groups = ["desc"], args = [(name = "ufd", type = "fd"), (name = "flags", type = "flags:timerfd_settime"), (name = "utmr", type = "itimerspec"), (name = "otmr", type = "itimerspec")]),
  (number = 412, name = "utimensat_time64", alias = "utime", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "utimes", type = "timespec"), (name = "flags", type = "flags:at")]),
  (number = 413, name = "pselect6_time64", alias = "select", result = "count", groups = ["desc"], args = [(name = "n", type = "int"), (name = "inp", type = "fdset"), (name = "outp", type = "fdset"), (name = "exp", type = "fdset"), (name = "tsp", type = "timespec"), (name = "sig", type = "pointer")]),
  (number = 414, name = "ppoll_time64", alias = "poll", result = "count", groups = ["desc"], args = [(name = "ufds", type = "pollfd"), (name = "nfds", type = "uint"), (name = "tsp", type = "timespec"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 416, name = "io_pgetevents_time64", alias = "io_getevents", result = "count", args = [(name = "ctx_id", type = "aioctx"), (name = "min_nr", type = "int"), (name = "nr", type = "int"), (name = "events", type = "pointer"), (name = "timeout", type = "timespec"), (name = "usig", type = "pointer")]),
  (number = 417, name = "recvmmsg_time64", alias = "recv", result = "count", groups = ["network"], args = [(name = "fd", type = "fd"), (name = "mmsg", type = "mmsghdr"), (name = "vlen", type = "uint"), (name = "flags", type = "flags:msg"), (name = "timeout", type = "timespec")]),
  (number = 418, name = "mq_timedsend_time64", alias = "mq_timedsend", result = "zero", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "msg_prio", type = "uint"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 419, name = "mq_timedreceive_time64", alias = "mq_timedreceive", result = "bytes", groups = ["desc"], args = [(name = "mqdes", type = "fd"), (name = "u_msg_ptr", type = "pointer"), (name = "msg_len", type = "size"), (name = "u_msg_prio", type = "pointer"), (name = "u_abs_timeout", type = "timespec")]),
  (number = 420, name = "semtimedop_time64", alias = "semop", result = "zero", groups = ["ipc"], args = [(name = "semid", type = "int"), (name = "tsops", type = "pointer"), (name = "nsops", type = "uint"), (name = "timeout", type = "timespec")]),
  (number = 421, name = "rt_sigtimedwait_time64", alias = "rt_sigtimedwait", result = "value", groups = ["signal"], args = [(name = "uthese", type = "sigset"), (name = "uinfo", type = "siginfo"), (name = "uts", type = "timespec"), (name = "sigsetsize", type = "size")]),
  (number = 422, name = "futex_time64", alias = "futex", result = "value", args = [(name = "uaddr", type = "pointer"), (name = "op", type = "enum:futex_op"), (name = "val", type = "uint"), (name = "utime", type = "timespec"), (name = "uaddr2", type = "pointer"), (name = "val3", type = "uint")]),
  (number = 423, name = "sched_rr_get_interval_time64", alias = "sched_rr_get_interval", result = "zero", args = [(name = "pid", type = "pid"), (name = "interval", type = "timespec")]),
  (number = 424, name = "pidfd_send_signal", alias = "kill", result = "zero", groups = ["process", "signal", "desc"], args = [(name = "pidfd", type = "fd"), (name = "sig", type = "signal"), (name = "info", type = "siginfo"), (name = "flags", type = "flags:pidfd_send_signal")]),
  (number = 425, name = "io_uring_setup", alias = "io_uring_setup", result = "fd", groups = ["desc"], args = [(name = "entries", type = "uint"), (name = "params", type = "pointer")]),
  (number = 426, name = "io_uring_enter", alias = "io_uring_enter", result = "count", groups = ["signal", "desc"], args = [(name = "fd", type = "fd"), (name = "to_submit", type = "uint"), (name = "min_complete", type = "uint"), (name = "flags", type = "flags:io_uring_enter"), (name = "argp", type = "pointer"), (name = "argsz", type = "size")]),
  (number = 427, name = "io_uring_register", alias = "io_uring_register", result = "value", groups = ["desc", "memory"], args = [(name = "fd", type = "fd"), (name = "opcode", type = "enum:io_uring_register"), (name = "arg", type = "pointer"), (name = "nr_args", type = "uint")]),
  (number = 428, name = "open_tree", alias = "open_tree", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open_tree")]),
  (number = 429, name = "move_mount", alias = "move_mount", result = "zero", groups = ["file", "desc"], args = [(name = "from_dfd", type = "dirfd"), (name = "from_pathname", type = "path"), (name = "to_dfd", type = "dirfd"), (name = "to_pathname", type = "path"), (name = "flags", type = "flags:move_mount")]),
  (number = 430, name = "fsopen", alias = "fsopen", result = "fd", groups = ["desc"], args = [(name = "fs_name", type = "string"), (name = "flags", type = "flags:fsopen")]),
  (number = 431, name = "fsconfig", alias = "fsconfig", result = "zero", groups = ["file", "desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:fsconfig"), (name = "key", type = "string"), (name = "value", type = "arg"), (name = "aux", type = "arg")]),
  (number = 432, name = "fsmount", alias = "fsmount", result = "fd", groups = ["desc"], args = [(name = "fs_fd", type = "fd"), (name = "flags", type = "flags:fsmount"), (name = "attr_flags", type = "flags:mount_attr")]),
  (number = 433, name = "fspick", alias = "fspick", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "path", type = "path"), (name = "flags", type = "flags:fspick")]),
  (number = 434, name = "pidfd_open", alias = "pidfd_open", result = "fd", groups = ["desc"], args = [(name = "pid", type = "pid"), (name = "flags", type = "flags:pidfd_open")]),
  (number = 435, name = "clone3", alias = "clone", result = "pid", groups = ["process"], args = [(name = "uargs", type = "clone_args"), (name = "size", type = "size")]),
  (number = 436, name = "close_range", alias = "close_range", result = "zero", groups = ["desc"], args = [(name = "fd", type = "uint"), (name = "max_fd", type = "uint"), (name = "flags", type = "flags:close_range")]),
  (number = 437, name = "openat2", alias = "open", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "how", type = "open_how"), (name = "usize", type = "size")]),
  (number = 438, name = "pidfd_getfd", alias = "pidfd_getfd", result = "fd", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "fd", type = "int"), (name = "flags", type = "uint")]),
  (number = 439, name = "faccessat2", alias = "access", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "flags:access"), (name = "flags", type = "flags:faccessat")]),
  (number = 440, name = "process_madvise", alias = "madvise", result = "bytes", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "vec", type = "iovec"), (name = "vlen", type = "size"), (name = "behavior", type = "enum:madvise"), (name = "flags", type = "uint")]),
  (number = 441, name = "epoll_pwait2", alias = "epoll_wait", result = "count", groups = ["desc"], args = [(name = "epfd", type = "fd"), (name = "events", type = "epoll_event"), (name = "maxevents", type = "int"), (name = "timeout", type = "timespec"), (name = "sigmask", type = "sigset"), (name = "sigsetsize", type = "size")]),
  (number = 442, name = "mount_setattr", alias = "mount_setattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "path", type = "path"), (name = "flags", type = "flags:mount_setattr"), (name = "uattr", type = "pointer"), (name = "usize", type = "size")]),
  (number = 443, name = "quotactl_fd", alias = "quotactl", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cmd", type = "enum:quotactl"), (name = "id", type = "uint"), (name = "addr", type = "pointer")]),
  (number = 444, name = "landlock_create_ruleset", alias = "landlock_create_ruleset", result = "fd", groups = ["desc"], args = [(name = "attr", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "flags:landlock_create")]),
  (number = 445, name = "landlock_add_rule", alias = "landlock_add_rule", result = "zero", groups = ["desc"], args = [(name = "ruleset_fd", type = "fd"), (name = "rule_type", type = "enum:landlock_rule"), (name = "rule_attr", type = "pointer"), (name = "flags", type = "uint")]),
  (number = 446, name = "landlock_restrict_self", alias = "landlock_restrict_self", result = "zero", groups = ["desc"], args = [(name = "ruleset_fd", type = "fd"), (name = "flags", type = "flags:landlock_restrict")]),
  (number = 447, name = "memfd_secret", alias = "memfd_secret", result = "fd", groups = ["desc"], args = [(name = "flags", type = "flags:memfd_secret")]),
  (number = 448, name = "process_mrelease", alias = "process_mrelease", result = "zero", groups = ["desc"], args = [(name = "pidfd", type = "fd"), (name = "flags", type = "uint")]),
  (number = 449, name = "futex_waitv", alias = "futex", result = "value", args = [(name = "waiters", type = "pointer"), (name = "nr_futexes", type = "uint"), (name = "flags", type = "uint"), (name = "timeout", type = "timespec"), (name = "clockid", type = "enum:clock")]),
  (number = 450, name = "set_mempolicy_home_node", alias = "set_mempolicy_home_node", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "home_node", type = "uint"), (name = "flags", type = "uint")]),
  (number = 451, name = "cachestat", alias = "cachestat", result = "zero", groups = ["desc"], args = [(name = "fd", type = "fd"), (name = "cstat_range", type = "pointer"), (name = "cstat", type = "pointer"), (name = "flags", type = "uint")]),
  (number = 452, name = "fchmodat2", alias = "chmod", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "mode", type = "mode"), (name = "flags", type = "flags:at")]),
  (number = 453, name = "map_shadow_stack", alias = "map_shadow_stack", result = "address", groups = ["memory"], args = [(name = "addr", type = "address"), (name = "size", type = "size"), (name = "flags", type = "flags:map_shadow_stack")]),
  (number = 454, name = "futex_wake", alias = "futex", result = "count", args = [(name = "uaddr", type = "pointer"), (name = "mask", type = "uint"), (name = "nr", type = "int"), (name = "flags", type = "flags:futex2")]),
  (number = 455, name = "futex_wait", alias = "futex", result = "zero", args = [(name = "uaddr", type = "pointer"), (name = "val", type = "uint"), (name = "mask", type = "uint"), (name = "flags", type = "flags:futex2"), (name = "timeout", type = "timespec"), (name = "clockid", type = "enum:clock")]),
  (number = 456, name = "futex_requeue", alias = "futex", result = "count", args = [(name = "waiters", type = "pointer"), (name = "flags", type = "uint"), (name = "nr_wake", type = "int"), (name = "nr_requeue", type = "int")]),
  (number = 457, name = "statmount", alias = "statmount", result = "zero", args = [(name = "req", type = "pointer"), (name = "buf", type = "pointer"), (name = "bufsize", type = "size"), (name = "flags", type = "uint")]),
  (number = 458, name = "listmount", alias = "listmount", result = "count", args = [(name = "req", type = "pointer"), (name = "mnt_ids", type = "pointer"), (name = "nr_mnt_ids", type = "size"), (name = "flags", type = "flags:listmount")]),
  (number = 459, name = "lsm_get_self_attr", alias = "lsm_get_self_attr", result = "count", args = [(name = "attr", type = "enum:lsm_attr"), (name = "ctx", type = "pointer"), (name = "size", type = "sizeptr"), (name = "flags", type = "flags:lsm_get")]),
  (number = 460, name = "lsm_set_self_attr", alias = "lsm_set_self_attr", result = "zero", args = [(name = "attr", type = "enum:lsm_attr"), (name = "ctx", type = "pointer"), (name = "size", type = "size"), (name = "flags", type = "uint")]),
  (number = 461, name = "lsm_list_modules", alias = "lsm_list_modules", result = "count", args = [(name = "ids", type = "pointer"), (name = "size", type = "sizeptr"), (name = "flags", type = "uint")]),
  (number = 462, name = "mseal", alias = "mseal", result = "zero", groups = ["memory"], args = [(name = "start", type = "address"), (name = "len", type = "size"), (name = "flags", type = "uint")]),
  (number = 463, name = "setxattrat", alias = "setxattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string"), (name = "uargs", type = "pointer"), (name = "usize", type = "size")]),
  (number = 464, name = "getxattrat", alias = "getxattr", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string"), (name = "uargs", type = "pointer"), (name = "usize", type = "size")]),
  (number = 465, name = "listxattrat", alias = "listxattr", result = "bytes", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "list", type = "pointer"), (name = "size", type = "size")]),
  (number = 466, name = "removexattrat", alias = "removexattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "pathname", type = "path"), (name = "at_flags", type = "flags:at"), (name = "name", type = "string")]),
  (number = 467, name = "open_tree_attr", alias = "open_tree", result = "fd", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "flags", type = "flags:open_tree"), (name = "uattr", type = "pointer"), (name = "usize", type = "size")]),
  (number = 468, name = "file_getattr", alias = "file_getattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "ufattr", type = "pointer"), (name = "usize", type = "size"), (name = "at_flags", type = "flags:file_attr")]),
  (number = 469, name = "file_setattr", alias = "file_setattr", result = "zero", groups = ["file", "desc"], args = [(name = "dfd", type = "dirfd"), (name = "filename", type = "path"), (name = "ufattr", type = "pointer"), (name = "usize", type = "size"), (name = "at_flags", type = "flags:file_attr")]),
  (number = 470, name = "listns", alias = "listns", result = "count", args = [(name = "req", type = "pointer"), (name = "ns_ids", type = "pointer"), (name = "nr_ns_ids", type = "size"), (name = "flags", type = "uint")]),
  (number = 471, name = "rseq_slice_yield", alias = "rseq_slice_yield", result = "value"),
];
