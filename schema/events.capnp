# SPDX-License-Identifier: Apache-2.0
# THE catalogue of events. One struct per type; a field per column; the field's element type is the column's
# type and, for integers, the width of the field in the record that the BPF program fills. The generator emits
# the BPF record structs and the recorder's encoders from this file; docs/adding-an-event.md is the how-to.
#
# Rules: an id or an ordinal is never reused; new columns go at the end; integers first, then Data (a Data
# column travels behind the fixed record as text and is stored through the block's string table).
# Columns of a group ($group, 0 if not given) are stored together and read together: group 0 has what questions ask most,
# and what the codings of the others need (thread, number, the duration).
# Every type starts with timeNs. A column named cpu is filled from the record's head; a type without one is kept in
# frames of one CPU each (perCpuRing) or doesn't need it (dictionary).
@0xb6d6a5e3a9c7f412;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");
using import "annotations.capnp".event;
using import "annotations.capnp".doc;
using import "annotations.capnp".unit;
using import "annotations.capnp".display;
using import "annotations.capnp".coding;
using import "annotations.capnp".codingOf;
using import "annotations.capnp".refersTo;
using import "annotations.capnp".group;
using import "annotations.capnp".values;

struct Syscall $event(id = 1, name = "syscall", hook = "raw_syscalls:sys_enter + sys_exit", transport = perCpuRing)
    $doc("One system call, written when it returns (or, flagged unfinished, when its thread ends or recording stops).") {
  timeNs @0 :List(UInt64) $group(1) $unit("ns") $display(time) $coding(afterEnd) $codingOf("durationNs") $doc("Boot time at entry.");
  durationNs @1 :List(UInt64) $unit("ns") $display(duration) $coding(sized) $doc("From entry to return; for an unfinished call, to the moment it was given up on.");
  result @2 :List(UInt64) $display(errno) $coding(grouped) $doc("What the call returned, two's complement; -4095..-1 is an errno.");
  arg0 @3 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("First argument register. Arguments past the call's own count are 0, and so is the address of a path whose text was kept.");
  arg1 @4 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("Second argument register.");
  arg2 @5 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("Third argument register.");
  arg3 @6 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("Fourth argument register.");
  arg4 @7 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("Fifth argument register.");
  arg5 @8 :List(UInt64) $group(2) $display(hex) $coding(grouped) $doc("Sixth argument register.");
  thread @9 :List(UInt32) $refersTo("thread") $doc("The calling thread.");
  file @10 :List(UInt32) $group(4) $refersTo("file") $coding(byCall) $doc("The file behind the call's first descriptor (fd or dirfd argument); of a call that returns a descriptor, the new one's; of chdir, the directory that it led to. 0 if none or unknown.");
  number @11 :List(UInt32) $display(syscall) $doc("System call number in the table that flags names, whole: as the caller had it in its register.");
  flags @12 :List(UInt16) $display(flags) $values("syscall_flag") $doc("What is particular about it.");
  file2 @13 :List(UInt32) $group(2) $refersTo("file") $coding(byCall) $doc("The file behind the second descriptor argument (copy_file_range, sendfile, splice, epoll_ctl); of a call that returns a descriptor, behind the first. 0 otherwise.");
  path @14 :List(Data) $group(3) $display(path) $coding(byCall) $doc("The first path argument as the caller passed it.");
  path2 @15 :List(Data) $group(3) $display(path) $coding(byCall) $doc("The second path argument (rename, link, symlink, mount).");
  content @16 :List(Data) $group(3) $display(content) $coding(byCall) $doc("What the other pointer arguments led to: items of schema/row_layout.h's struct content_item, one after the other, each followed by its bytes.");
  moved @17 :List(UInt64) $unit("bytes") $display(bytes) $coding(byCall) $doc("Bytes that moved where the result does not say it (flags): the sum over the messages of sendmmsg and recvmmsg, what of a datagram fitted, 0 of one that was only looked at.");
  cwd @18 :List(UInt32) $group(2) $refersTo("file") $coding(byCall) $doc("The working directory where a relative path argument began (no descriptor given, or AT_FDCWD), whether the call succeeded or not; of chdir, the one that it left. 0 otherwise.");
  peeked @19 :List(UInt64) $group(2) $unit("bytes") $display(bytes) $coding(byCall) $doc("Bytes that were only looked at and are still there (flags).");
  cpu @20 :List(UInt16) $doc("The CPU that it returned on, in a block that several share; 0 where the block is of one.");
}

struct Fork $event(id = 2, name = "fork", hook = "task:task_newtask", transport = lifeRing)
    $doc("A thread made another thread or process. The new one's description precedes this.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  cloneFlags @1 :List(UInt64) $display(hex) $doc("CLONE_* as the kernel used them (linux/sched.h); the low byte is the exit signal.");
  thread @2 :List(UInt32) $refersTo("thread") $doc("The thread that forked.");
  child @3 :List(UInt32) $refersTo("thread") $doc("The new thread.");
  cpu @4 :List(UInt16) $doc("Where the parent ran.");
}

struct Exec $event(id = 3, name = "exec", hook = "sched:sched_process_exec", transport = lifeRing)
    $doc("A process replaced its program.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  thread @1 :List(UInt32) $refersTo("thread") $doc("The thread, under the id it keeps.");
  oldTid @2 :List(UInt32) $doc("The thread's id in the kernel before: differs if a thread other than the leader called exec.");
  cpu @3 :List(UInt16) $doc("Where it ran.");
  comm @4 :List(Data) $display(text) $doc("The new command name.");
  filename @5 :List(Data) $display(path) $doc("The program's file as the caller named it; of execveat with a descriptor, /dev/fd/N or /dev/fd/N/path.");
  argv @6 :List(Data) $display(text) $doc("The arguments as the program got them, each ended by a zero byte: of a script, its interpreter's.");
  env @7 :List(Data) $display(text) $doc("The environment variables that --env chose, NAME=value, each ended by a zero byte.");
  exe @8 :List(UInt32) $refersTo("file") $doc("The program file that runs now, as /proc/PID/exe: of a script, its interpreter.");
  cwd @9 :List(UInt32) $refersTo("file") $doc("The working directory.");
  program @10 :List(UInt32) $refersTo("file") $doc("The file that execveat's descriptor stood for, with an empty path; 0 otherwise.");
}

struct Exit $event(id = 4, name = "exit", hook = "sched:sched_process_exit", transport = lifeRing)
    $doc("A thread ended.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  thread @1 :List(UInt32) $refersTo("thread") $doc("The thread that ended.");
  status @2 :List(UInt32) $display(hex) $doc("The thread's own wait status: exit code << 8 | signal | 0x80 if dumped.");
  groupStatus @3 :List(UInt32) $display(hex) $doc("The process's wait status if exit_group or a fatal signal ended it as a whole, see flags.");
  flags @4 :List(UInt32) $display(flags) $values("exit_flag") $doc("What ended, and which status counts.");
  cpu @5 :List(UInt16) $doc("Where it ran.");
  userNs @6 :List(UInt64) $unit("ns") $display(duration) $doc("CPU time in user mode. This and what follows are of the whole process if it ended with this thread (flags), else of the thread.");
  systemNs @7 :List(UInt64) $unit("ns") $display(duration) $doc("CPU time in kernel mode.");
  maxRssBytes @8 :List(UInt64) $unit("bytes") $display(bytes) $doc("Most memory that the process had resident.");
  minorFaults @9 :List(UInt64) $doc("Page faults served without I/O.");
  majorFaults @10 :List(UInt64) $doc("Page faults that waited for I/O.");
  readBytes @11 :List(UInt64) $unit("bytes") $display(bytes) $doc("Bytes that storage delivered (/proc/PID/io read_bytes); 0 where the kernel doesn't count them. Of a process, like there, with its ended children's.");
  writtenBytes @12 :List(UInt64) $unit("bytes") $display(bytes) $doc("Bytes sent to storage (/proc/PID/io write_bytes); likewise.");
  voluntarySwitches @13 :List(UInt64) $doc("Context switches because it waited.");
  involuntarySwitches @14 :List(UInt64) $doc("Context switches because its time was up.");
}

struct Thread $event(id = 5, name = "thread", hook = "first sight of a thread", transport = lifeRing, dictionary = true)
    $doc("Describes a thread once; other events carry its id. A later row with the same id renames it.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of first sight.");
  startNs @1 :List(UInt64) $unit("ns") $display(bootTime) $coding(delta) $doc("Boot time when the thread was made.");
  processStartNs @2 :List(UInt64) $unit("ns") $display(bootTime) $coding(delta) $doc("Boot time when its process was made: with tgid, an identity that survives PID reuse.");
  thread @3 :List(UInt32) $coding(delta) $doc("The id that other events refer to.");
  tid @4 :List(UInt32) $coding(delta) $doc("Thread id in the initial PID namespace.");
  tgid @5 :List(UInt32) $coding(delta) $doc("Process id in the initial PID namespace.");
  ppid @6 :List(UInt32) $coding(delta) $doc("Process id of the parent.");
  uid @7 :List(UInt32) $doc("Effective user id.");
  gid @8 :List(UInt32) $doc("Effective group id.");
  flags @9 :List(UInt32) $display(hex) $values("task_flag") $doc("PF_* flags of the task (linux/sched.h).");
  comm @10 :List(Data) $display(text) $doc("Command name.");
  cgroup @11 :List(UInt64) $refersTo("cgroup") $doc("Id of its control group in the unified hierarchy.");
  nsTid @12 :List(UInt32) $coding(delta) $doc("Thread id in its own (the innermost) PID namespace.");
  nsPid @13 :List(UInt32) $coding(delta) $doc("Process id in its own PID namespace.");
}

struct File $event(id = 6, name = "file", hook = "first sight of an open file", transport = fileRing, dictionary = true)
    $doc("Describes an open file once per name; other events carry its id.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of first sight, in steps of 2^20 ns: the exact one would be a fifth of the row.");
  inode @1 :List(UInt64) $coding(delta) $doc("Inode number.");
  file @2 :List(UInt32) $coding(delta) $doc("The id that other events refer to.");
  device @3 :List(UInt32) $display(hex) $doc("Device of the file system, major << 20 | minor.");
  generation @4 :List(UInt32) $doc("Inode generation: tells a reused inode number apart.");
  mode @5 :List(UInt32) $display(hex) $doc("File type and permissions (inode(7)); type 0 is an anonymous inode.");
  rdev @6 :List(UInt32) $display(hex) $doc("The device that a device node stands for.");
  filesystem @7 :List(UInt32) $display(hex) $doc("The file system's magic number (linux/magic.h).");
  flags @8 :List(UInt32) $display(flags) $values("file_flag") $doc("What is to be said of its path.");
  path @9 :List(Data) $display(path) $coding(delta) $doc("Absolute path in its mount namespace, or as /proc/PID/fd shows it, but without (deleted): pipe:[7], socket:[8], anon_inode:[eventfd], net:[4026531840].");
  socketType @10 :List(UInt16) $values("socket_type") $doc("SOCK_* of a socket, else 0.");
  protocol @11 :List(UInt16) $values("ip_protocol") $doc("IPPROTO_* of a socket.");
  local @12 :List(Data) $display(sockaddr) $doc("A socket's own address; its family alone (two bytes) while it has none.");
  remote @13 :List(Data) $display(sockaddr) $doc("The address that a socket is connected to.");
  netns @14 :List(UInt32) $doc("Inode number of a socket's network namespace (net:[...] of /proc/PID/ns); 0 of other files.");
}

struct Cgroup $event(id = 7, name = "cgroup", hook = "first sight of a control group", transport = lifeRing, dictionary = true)
    $doc("Describes a control group of the unified hierarchy once; threads carry its id.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of first sight.");
  cgroup @1 :List(UInt64) $doc("The id that threads refer to: its inode number in cgroupfs.");
  path @2 :List(Data) $display(path) $doc("From the hierarchy's root, beginning with a slash.");
}

struct Process $event(id = 8, name = "process", hook = "/proc when the recording began", transport = recorder, dictionary = true)
    $doc("A process that ran when the recording began: one that is recorded, or an ancestor of one. Of those that are not recorded there are only timeNs, tgid, ppid and comm (threads is 0), unless more was asked for.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of the look.");
  tgid @1 :List(UInt32) $coding(delta) $doc("Process id in the initial PID namespace.");
  ppid @2 :List(UInt32) $coding(delta) $doc("Its parent's.");
  uid @3 :List(UInt32) $doc("Effective user id.");
  gid @4 :List(UInt32) $doc("Effective group id.");
  nsPid @5 :List(UInt32) $coding(delta) $doc("Process id in its own PID namespace.");
  threads @6 :List(UInt32) $doc("Number of its threads.");
  comm @7 :List(Data) $display(text) $doc("Command name.");
  exe @8 :List(Data) $display(path) $doc("Program file.");
  argv @9 :List(Data) $display(text) $doc("Its arguments, each ended by a zero byte.");
  cwd @10 :List(Data) $display(path) $doc("Working directory.");
  cgroup @11 :List(Data) $display(path) $doc("Path of its control group: in the unified hierarchy, else in the first one that names one.");
}

struct OpenFile $event(id = 9, name = "open_file", hook = "iter/task_file when the recording began", transport = fileRing, dictionary = true)
    $doc("A descriptor that a recorded process had open when the recording began.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of the look.");
  tgid @1 :List(UInt32) $coding(delta) $doc("The process.");
  fd @2 :List(UInt32) $coding(delta) $doc("The descriptor.");
  file @3 :List(UInt32) $refersTo("file") $coding(delta) $doc("The file behind it.");
  flags @4 :List(UInt32) $display(hex) $doc("O_* flags of the open file.");
}

struct Metrics $event(id = 10, name = "metrics", hook = "perf counters and the kernel's own, each interval", transport = recorder)
    $doc("Counters of one CPU over one interval that ends at timeNs. A value that could not be had has its bit in unavailable and is 0.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of the interval's end.");
  intervalNs @1 :List(UInt64) $unit("ns") $display(duration) $doc("Length of the interval.");
  syscalls @2 :List(UInt64) $doc("System calls made, by any process: those that are recorded count when they end, others when they begin.");
  minorFaults @3 :List(UInt64) $doc("Page faults served without I/O.");
  majorFaults @4 :List(UInt64) $doc("Page faults that waited for I/O.");
  contextSwitches @5 :List(UInt64) $doc("Context switches.");
  migrations @6 :List(UInt64) $doc("Threads that moved to this CPU.");
  forks @7 :List(UInt64) $doc("Processes and threads made.");
  cycles @8 :List(UInt64) $doc("CPU cycles.");
  instructions @9 :List(UInt64) $doc("Instructions retired.");
  userNs @10 :List(UInt64) $unit("ns") $display(duration) $doc("Time in user mode.");
  systemNs @11 :List(UInt64) $unit("ns") $display(duration) $doc("Time in kernel mode, interrupts included.");
  idleNs @12 :List(UInt64) $unit("ns") $display(duration) $doc("Time idle, waiting for I/O included.");
  runnable @13 :List(UInt32) $doc("Threads running or ready to run at the interval's end.");
  ringPeakBytes @14 :List(UInt64) $unit("bytes") $display(bytes) $doc("Most that this CPU's ring held in the interval.");
  lost @15 :List(UInt64) $doc("Events lost in the interval.");
  recorderNs @16 :List(UInt64) $unit("ns") $display(duration) $doc("CPU time that the recorder itself used, in user and kernel mode: of the whole machine, in the row of the first CPU.");
  unavailable @17 :List(UInt32) $display(hex) $doc("Bit i: column i of this type has no value.");
  cpu @18 :List(UInt16) $doc("The CPU.");
}

struct Interface $event(id = 11, name = "interface", hook = "xdp", transport = recorder, dictionary = true)
    $doc("A network interface that is observed, when that began and when it vanished. Interfaces are numbered from 0.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  interface @1 :List(UInt32) $doc("The number that flows, packets, findings and counters carry.");
  ifindex @2 :List(UInt32) $doc("The kernel's number for it in its network namespace.");
  program @3 :List(UInt32) $doc("Id of the BPF program there.");
  mode @4 :List(UInt8) $values("xdp_mode") $doc("Where packets are looked at.");
  state @5 :List(UInt8) $values("interface_state") $doc("What has become of it.");
  name @6 :List(Data) $display(text) $doc("Its name.");
  netns @7 :List(UInt32) $doc("Inode number of its network namespace (net:[...] of /proc/PID/ns); 0: not known.");
}

struct Flow $event(id = 12, name = "flow", hook = "xdp, a table read each interval", transport = recorder)
    $doc("Packets with the same addresses, protocol and ports that came in through an interface. Counts are since the flow's beginning, so a flow's last row is the whole; flow and firstNs together name it. A flow that was evicted from the table has no last row.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of the reading.");
  firstNs @1 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of its first packet.");
  lastNs @2 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of its latest packet, at most one tick of the kernel (1 to 10 ms) too early.");
  packets @3 :List(UInt64) $doc("Packets, dropped ones included.");
  bytes @4 :List(UInt64) $unit("bytes") $display(bytes) $doc("Bytes of whole frames.");
  dropped @5 :List(UInt64) $doc("Packets dropped, or that would have been (verdict).");
  interface @6 :List(UInt32) $refersTo("interface") $doc("Where it came in.");
  sourcePort @7 :List(UInt16) $doc("TCP, UDP, SCTP; ICMP: the identifier of an echo. 0 also where several are counted together: packets of a blocked source.");
  destinationPort @8 :List(UInt16) $doc("TCP, UDP, SCTP; ICMP: type << 8 | code; GRE: the protocol carried. 0 of fragments.");
  vlan @9 :List(UInt16) $doc("VLAN id, the outermost one; 0: untagged.");
  innerVlan @10 :List(UInt16) $doc("VLAN id of the second tag.");
  protocol @11 :List(UInt8) $values("ip_protocol") $doc("IPPROTO_* of the transport header.");
  tcpFlags @12 :List(UInt8) $display(hex) $values("tcp_flag") $doc("All TCP flags seen, as in the header.");
  verdict @13 :List(UInt8) $values("verdict") $doc("On its latest packet.");
  state @14 :List(UInt8) $values("flow_state") $doc("What has become of it.");
  source @15 :List(Data) $display(sockaddr) $doc("Sender, with sourcePort where the protocol has ports.");
  destination @16 :List(Data) $display(sockaddr) $doc("Receiver.");
  rule @17 :List(Data) $display(text) $doc("The rule that decided the latest verdict, if one did.");
  headers @18 :List(UInt16) $display(hex) $values("ip_header") $doc("Headers between IP and the transport, which all of its packets have.");
}

struct Packet $event(id = 13, name = "packet", hook = "xdp", transport = lifeRing)
    $doc("A packet that came in, with its first bytes (--packets).") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  length @1 :List(UInt32) $unit("bytes") $doc("Of the whole frame.");
  interface @2 :List(UInt32) $refersTo("interface") $doc("Where it came in.");
  rule @3 :List(UInt32) $refersTo("rule") $doc("Number of the rule that decided; 0: none.");
  verdict @4 :List(UInt8) $values("verdict") $doc("What was decided about it.");
  outcome @5 :List(UInt8) $values("parse_outcome") $doc("How far it could be parsed.");
  cpu @6 :List(UInt16) $doc("Where it was handled.");
  data @7 :List(Data) $display(hex) $doc("From the Ethernet header on.");
}

struct Security $event(id = 14, name = "security", hook = "xdp", transport = recorder)
    $doc("A finding of the network rules. Limited to a number per second for each source; suppressed says how many are left out.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time.");
  countSoFar @1 :List(UInt64) $doc("So far: packets dropped by this block or flow; of a scan, the ports; of a flood, packets per second allowed.");
  suppressed @2 :List(UInt64) $doc("Findings about this source since its last one that were not written.");
  untilNs @3 :List(UInt64) $unit("ns") $display(time) $doc("Boot time when the block ends; 0: not a block, or one without end.");
  interface @4 :List(UInt32) $refersTo("interface") $doc("Where it came in.");
  sourcePort @5 :List(UInt16) $doc("As of a flow.");
  destinationPort @6 :List(UInt16) $doc("As of a flow.");
  protocol @7 :List(UInt8) $values("ip_protocol") $doc("IPPROTO_*.");
  what @8 :List(UInt8) $values("finding_what") $doc("What was found.");
  severity @9 :List(UInt8) $values("severity") $doc("How much it matters.");
  verdict @10 :List(UInt8) $values("verdict") $doc("What was decided.");
  source @11 :List(Data) $display(sockaddr) $doc("Sender.");
  destination @12 :List(Data) $display(sockaddr) $doc("Receiver.");
  rule @13 :List(Data) $display(text) $doc("The rule, or what there is to say.");
  outcome @14 :List(UInt8) $values("parse_outcome") $doc("How far the packet could be parsed. Past 2 it is of no flow, and addresses are as far as they were read; countSoFar is of this outcome on one CPU, of what 11 on all.");
}

struct Traffic $event(id = 15, name = "traffic", hook = "xdp, counters read each interval", transport = recorder)
    $doc("Packets and bytes of one kind that one CPU counted since the row before of that kind: the sum of the rows is the whole.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time of the reading.");
  packets @1 :List(UInt64) $doc("Packets.");
  bytes @2 :List(UInt64) $unit("bytes") $display(bytes) $doc("Bytes of whole frames; 0 of what is not packets.");
  interface @3 :List(UInt32) $refersTo("interface") $doc("Where they came in; 0xffffffff: all together.");
  key @4 :List(UInt32) $doc("Which of its kind.");
  what @5 :List(UInt8) $values("traffic_what") $doc("What is counted, and which keys it has.");
  cpu @6 :List(UInt16) $doc("Who counted.");
}

struct Rule $event(id = 16, name = "rule", hook = "rules loaded", transport = recorder, dictionary = true)
    $doc("A network rule. A rule with the same text has the same number however often the rules are loaded.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time when it was loaded.");
  rule @1 :List(UInt32) $coding(delta) $doc("The number that packets carry.");
  text @2 :List(Data) $display(text) $doc("The rule in the words of a rule file.");
}

struct Marker $event(id = 17, name = "marker", hook = "ebpf-record --mark", transport = recorder)
    $doc("Somebody put a text into the running recording. It is of no recorded thread.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time when the recorder took it: between the beginning and the end of ebpf-record --mark.");
  uid @1 :List(UInt32) $doc("User who sent it.");
  pid @2 :List(UInt32) $doc("Process that sent it, in the recorder's PID namespace.");
  cpu @3 :List(UInt16) $doc("Where the recorder took it.");
  text @4 :List(Data) $display(text) $doc("As it was given, at most 4096 bytes.");
}

struct User $event(id = 18, name = "user", hook = "/etc/passwd when the recording began", transport = recorder, dictionary = true)
    $doc("The name of a user id that a thread, a process or a marker has. Users that /etc/passwd does not list have no row.") {
  timeNs @0 :List(UInt64) $unit("ns") $display(time) $coding(delta) $doc("Boot time when the recording first met the user.");
  uid @1 :List(UInt32) $doc("User id in the initial user namespace.");
  name @2 :List(Data) $display(text) $doc("Login name.");
}

# All of them: what is not listed here does not exist.
struct Events {
  syscall @0 :Syscall;
  fork @1 :Fork;
  exec @2 :Exec;
  exit @3 :Exit;
  thread @4 :Thread;
  file @5 :File;
  cgroup @6 :Cgroup;
  process @7 :Process;
  openFile @8 :OpenFile;
  metrics @9 :Metrics;
  interface @10 :Interface;
  flow @11 :Flow;
  packet @12 :Packet;
  security @13 :Security;
  traffic @14 :Traffic;
  rule @15 :Rule;
  marker @16 :Marker;
  user @17 :User;
}
