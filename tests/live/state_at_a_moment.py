# SPDX-License-Identifier: Apache-2.0
# --ps, --lsof and --ss say of a moment what /proc said then: a tree of processes that opens, duplicates, passes, renames, unlinks,
# forks, execs and connects over 127.0.0.1 looks at itself at several moments while nobody else of it does anything.
import json
import os
import stat

from raw_rows import Rows
from traced_run import LiveTest, analyze, main

PROGRAM = r"""
import fcntl, json, os, select, socket, stat as stat_module, sys, time

looks = []
def look(*pids):
    moment = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    said = {"moment": moment, "processes": {}}
    tcp = {}
    for line in open("/proc/self/net/tcp").readlines()[1:]:
        words = line.split()
        address = lambda text: ".".join(str(b) for b in reversed(bytes.fromhex(text[:8]))) + ":" + str(int(text[9:], 16))
        tcp[words[9]] = [address(words[1]), address(words[2]), int(words[3], 16)]
    for pid in (os.getpid(), *pids):
        proc = f"/proc/{pid}/"
        files = {}
        for fd in os.listdir(proc + "fd"):
            try:
                link = os.readlink(proc + "fd/" + fd)
                info = dict(line.split(":\t", 1) for line in open(proc + "fdinfo/" + fd).read().splitlines() if ":\t" in line)
            except OSError:
                continue  # of the listing itself
            at = os.stat(proc + "fd/" + fd)
            node = stat_module.S_ISCHR(at.st_mode) or stat_module.S_ISBLK(at.st_mode)
            device = at.st_rdev if node else at.st_dev
            files[fd] = [link, int(info["pos"]), int(info["flags"], 8), at.st_mode, f"{os.major(device)},{os.minor(device)}", at.st_ino]
        stat = open(proc + "stat").read()
        said["processes"][pid] = {
            "files": files, "ppid": int(stat[stat.rindex(")") + 2:].split()[1]), "comm": open(proc + "comm").read()[:-1],
            "cmdline": open(proc + "cmdline").read().split("\0")[:-1], "exe": os.readlink(proc + "exe"),
            "cwd": os.readlink(proc + "cwd"), "threads": len(os.listdir(proc + "task")),
            "call": open(proc + "syscall").read().split()[0]}
    said["tcp"] = tcp
    looks.append(said)

os.mkdir("d")
a = os.open("a", os.O_RDWR | os.O_CREAT)
os.write(a, b"hello world")
os.lseek(a, 4, 0)
b = os.open("d/b", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(b, b"x")
c = os.open("c", os.O_RDONLY | os.O_CREAT)
os.dup2(a, 100, inheritable=True)
fcntl.fcntl(a, fcntl.F_DUPFD, 200)
fcntl.fcntl(c, fcntl.F_SETFL, os.O_NONBLOCK)
look()
os.rename("a", "renamed")
os.rename("d", "e")
os.unlink("c")
r, w = os.pipe()
go, gone = os.pipe()
one, other = socket.socketpair()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(5)
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(b"ping" * 10)
while len(server.recv(100, socket.MSG_PEEK)) < 40: pass
server.recv(100)
server.sendall(b"pong")
client.recv(4)
epoll = select.epoll()
epoll.register(listener)
kinds = [os.memfd_create("memo"), os.eventfd(0)]
p = os.open("p", os.O_RDWR | os.O_CREAT)
os.write(p, b"passed on")
os.lseek(p, 0, 0)
socket.send_fds(one, [b"x"], [p, kinds[0]])
_, passed, _, _ = socket.recv_fds(other, 10, 5)
os.read(passed[0], 2)
look()
child = os.fork()
if child == 0:
    os.close(gone)
    os.close(w)
    os.dup2(c, 0)
    os.closerange(60, 150)
    os.chdir("e")
    os.write(kinds[1], (1).to_bytes(8, "little"))
    os.read(go, 1)
    os._exit(0)
os.close(go)
program = os.fork()
if program == 0:
    os.dup2(r, 0)
    os.execv("/bin/cat", ["cat", "-", "a file"])
def reads(pid, program, fd):  # that, and not the library that it is starting with
    return os.readlink(f"/proc/{pid}/exe").endswith(program) and open(f"/proc/{pid}/syscall").read().split()[:2] == ["0", hex(fd)]
while not (reads(child, os.path.basename(os.readlink("/proc/self/exe")), go) and reads(program, "cat", 0)): pass
client.shutdown(socket.SHUT_WR)
assert server.recv(1) == b""
look(child, program)
os.write(gone, b"x")
os.waitpid(child, 0)
os.close(w)
os.waitpid(program, 0)
server.close()
os.unlink("renamed")
look()
print(json.dumps(looks))
"""
REGULAR = 0o100000
ACCESS_AND_STATUS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK
CLOSE_ON_EXEC = os.O_CLOEXEC
STATES = {1: "ESTAB", 8: "CLOSE-WAIT", 10: "LISTEN", 5: "FIN-WAIT", 4: "FIN-WAIT"}


class StateAtAMoment(LiveTest):
    def at(self, trace, moment):
        return ["--at", f"{(moment - self.start_ns(trace)) / 10**9:.9f}s"]

    def start_ns(self, trace):
        if trace not in self.starts:
            first = analyze(trace, "--events", "--filter", "event == \"execve\"").rows[0]
            raw = Rows(trace).calls("execve")[0]
            self.starts[trace] = raw["timeNs"] - first["time_ns"]
        return self.starts[trace]

    def setUp(self):
        super().setUp()
        self.starts = {}

    def looks(self):
        said, trace = self.python(PROGRAM)
        looks = json.loads(said)
        self.assertEqual(len(looks), 4)
        self.assertEqual(len(looks[2]["processes"]), 3)
        return trace, looks

    def test_open_files(self):
        trace, looks = self.looks()
        offsets, devices = 0, set()
        for number, look in enumerate(looks):
            answer = analyze(trace, "--lsof", *self.at(trace, look["moment"]))
            self.assertEqual((answer.complete, answer.lost), (True, 0))
            self.assertEqual([row for row in answer.rows if row["role"] == "unknown"], [])
            for pid, process in look["processes"].items():
                ours = {str(row["fd"]): row for row in answer.rows if row["pid"] == int(pid) and row["role"] == "fd"}
                name = f"look {number}, process {pid}"
                self.assertEqual({fd: row["path"] + " (deleted)" * (row["path_deleted"] and row["path"].startswith("/")) for fd, row in ours.items()},
                                 {fd: link for fd, (link, *_) in process["files"].items()}, name)
                self.assertEqual({fd: row["close_on_exec"] for fd, row in ours.items()},
                                 {fd: bool(flags & CLOSE_ON_EXEC) for fd, (_, _, flags, *_) in process["files"].items()}, name)
                for fd, (link, offset, flags, mode, device, inode) in process["files"].items():
                    if stat.S_ISCHR(mode) or stat.S_ISREG(mode) and link.startswith("/") and "memfd" not in link:
                        devices.add(device)
                        self.assertEqual((ours[fd]["device"], ours[fd]["inode"]), (device, inode), (name, link))
                    if ours[fd]["flags"] is not None:
                        self.assertEqual(ours[fd]["flags"] & ACCESS_AND_STATUS, flags & ACCESS_AND_STATUS, (name, link))
                    if ours[fd]["offset"] is not None:
                        offsets += 1
                        self.assertEqual(mode & 0o170000, REGULAR, (name, link))
                        self.assertEqual(ours[fd]["offset"], offset, (name, link))
        self.assertGreater(offsets, 20)
        self.assertIn("1,3", devices)  # /dev/null is itself, not the file system that it is in

    def test_processes(self):
        trace, looks = self.looks()
        for number, look in enumerate(looks):
            rows = analyze(trace, "--ps", *self.at(trace, look["moment"])).rows
            self.assertEqual({row["pid"] for row in rows}, {int(pid) for pid in look["processes"]}, number)
            for row in rows:
                theirs = look["processes"][str(row["pid"])]
                self.assertEqual((row["ppid"], row["process"], row["exe"], row["cwd"], row["threads"]),
                                 tuple(theirs[key] for key in ("ppid", "comm", "exe", "cwd", "threads")), number)
                if len(theirs["cmdline"][-1]) < 20:
                    self.assertEqual(row["command"].replace("'", "").split(" "), " ".join(theirs["cmdline"]).split(" "))
                if row["pid"] != int(next(iter(look["processes"]))):  # who looks is in a call of its own
                    self.assertEqual((row["call"], theirs["call"]), ("read", "0"))

    def test_sockets(self):
        trace, looks = self.looks()
        seen = set()
        for number, look in enumerate(looks):
            ours = {row["inode"]: row for row in analyze(trace, "--ss", *self.at(trace, look["moment"])).rows}
            theirs = {}
            for pid, process in look["processes"].items():
                for fd, (link, *_) in process["files"].items():
                    if link.startswith("socket:["):
                        theirs.setdefault(int(link[8:-1]), set()).add(int(pid))
            self.assertEqual({inode: {one["pid"] for one in row["processes"]} for inode, row in ours.items()}, theirs, number)
            for inode, (local, peer, state) in look["tcp"].items():
                if int(inode) not in theirs:
                    continue
                row = ours[int(inode)]
                listens = peer.endswith(":0")
                seen.add(STATES[state])
                self.assertEqual((row["protocol"], row["state"], row["local"], row["peer"]),
                                 ("tcp", STATES[state], local, None if listens else peer), number)
                if row["state"] in ("ESTAB", "CLOSE-WAIT", "FIN-WAIT"):
                    self.assertEqual({row["received_bytes"], row["sent_bytes"]}, {4, 40})
        self.assertLessEqual({"LISTEN", "ESTAB", "CLOSE-WAIT", "FIN-WAIT"}, seen)


if __name__ == "__main__":
    main()
