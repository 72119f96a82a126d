# SPDX-License-Identifier: Apache-2.0
# Calls with vectors and messages, line by line as strace shows them: both watch the same run. And what they moved, which is
# what the program itself counted.
import re
import shutil
import subprocess
import unittest

from traced_run import ANALYZER, PYTHON, LiveTest, analyze, main, record

# What Python's own library leaves out.
PRELUDE = """
import array, ctypes, json, os, select, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
class Vector(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]
class Header(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_bytes", ctypes.c_uint), ("vector", ctypes.c_void_p), ("vectors", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_bytes", ctypes.c_size_t), ("flags", ctypes.c_int)]
class Message(ctypes.Structure): _fields_ = [("header", Header), ("length", ctypes.c_uint)]
kept = []
def memory(content):
    kept.append(ctypes.create_string_buffer(content if isinstance(content, bytes) else bytes(content), len(content) if isinstance(content, bytes) else content))
    return ctypes.addressof(kept[-1]), len(kept[-1])
def vectors(contents):
    made = (Vector * max(len(contents), 1))(*(Vector(*memory(content)) for content in contents)); kept.append(made)
    return made
def messages(*several):
    # Each is (name, contents, control); a number stands for so many bytes of room.
    made = (Message * len(several))(); kept.append(made)
    for message, (name, contents, control) in zip(made, several):
        header = message.header
        if name: header.name, header.name_bytes = memory(name)
        header.vector, header.vectors = ctypes.addressof(vectors(contents)), len(contents)
        if control: header.control, header.control_bytes = memory(control)
    return made
def control(level, kind, data):
    whole = struct.pack("<QII", 16 + len(data), level, kind) + data
    return whole + bytes(-len(whole) % 8)
def inet(address, port): return struct.pack("<H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(address) + bytes(8)
def inet6(address, port):
    return struct.pack("<H", socket.AF_INET6) + struct.pack(">HI", port, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
def unix(name): return struct.pack("<H", socket.AF_UNIX) + name
def send(s, m, flags=0): return libc.sendmmsg(s.fileno(), m, len(m), flags)
def receive(s, m, flags=0): return libc.recvmmsg(s.fileno(), m, len(m), flags, None)
def udp(family=socket.AF_INET, address="127.0.0.1"):
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind((address, 0)); return s
def wait_for_error(s):
    poll = select.poll(); poll.register(s, 0); poll.poll()
print(os.getpid())
"""

VECTORS = PRELUDE + """
r, w = os.pipe()
os.writev(w, [b"ab", b"", b"cde"]); os.readv(r, [bytearray(1), bytearray(100), bytearray(50)])
f = os.open("f", os.O_RDWR | os.O_CREAT)
libc.pwritev.argtypes = libc.preadv.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_long]
libc.pwritev(f, vectors([b"12", b"345"]), 2, 0); libc.preadv(f, vectors([2, 3]), 2, 1)
os.pwritev(f, [b"67", b"890"], 5, os.RWF_DSYNC); os.preadv(f, [bytearray(4), bytearray(40)], 2, os.RWF_HIPRI)
many = [bytes([65 + i]) * (i + 1) for i in range(20)]
os.writev(w, many); os.readv(r, [bytearray(i + 1) for i in range(20)])
for bad in (lambda: os.writev(99, [b"ab", b"cde"]), lambda: os.readv(99, [bytearray(3), bytearray(4)])):
    try: bad()
    except OSError: pass
source, target = vectors([b"hello", b" wor"]), vectors([3, 10])
assert libc.process_vm_readv(os.getpid(), target, 2, source, 2, 0) == 9
assert libc.process_vm_writev(os.getpid(), source, 2, target, 2, 0) == 9
assert libc.vmsplice(w, source, 2, 0) == 9
"""

NAMES = PRELUDE + """
a, b = udp(), udp(); port = b.getsockname()[1]
m = messages((inet("127.0.0.1", port), [b"aaa"], None), (inet("127.0.0.1", port), [b"bb", b"", b"bb"], None))
assert send(a, m) == 2
assert receive(b, messages((16, [10], None), (16, [3, 10], None))) == 2
m = messages((inet("127.0.0.1", port), [b"1"], None), (inet("127.0.0.1", port), [b"x" * 70000], None), (inet("127.0.0.1", port), [b"3"], None))
assert send(a, m) == 1
assert send(a, messages((inet("127.0.0.1", port), [b"x" * 70000], None))) == -1
a, b = udp(socket.AF_INET6, "::1"), udp(socket.AF_INET6, "::1"); port = b.getsockname()[1]
assert send(a, messages((inet6("::1", port), [b"six"], None), (inet6("::1", port), [b"6"], None))) == 2
assert receive(b, messages((28, [10], None), (28, [10], None))) == 2
a, b = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
a.bind("from"); b.bind("\\0to-%d" % os.getpid()); name = b.getsockname()
assert send(a, messages((unix(name), [b"one"], None), (unix(name), [], None), (unix(name), [b"three"], None))) == 3
assert receive(b, messages((110, [10], None), (None, [10], None), (110, [2], None), (110, [9], None)), socket.MSG_DONTWAIT) == 3
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
a = socket.create_connection(server.getsockname()); b, _ = server.accept()
assert send(a, messages((None, [b"stream"], None), (None, [b"ing"], None))) == 2
assert receive(b, messages((16, [4], None), (None, [4], None))) == 2
a.sendmsg([b"mess", b"age"]); b.recvmsg(1000); b.close(); a.close()
"""

CONTROL = PRELUDE + """
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
r, w = os.pipe(); f = os.open("passed", os.O_RDWR | os.O_CREAT); t = udp()
def rights(*fds): return control(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds).tobytes())
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f, r, t.fileno()]))])
print(b.recvmsg(10, 100)[0])
a.sendmsg([b"y"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f]))])
b.recvmsg(10, 100, socket.MSG_CMSG_CLOEXEC)
b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
own = struct.pack("<iII", os.getpid(), os.getuid(), os.getgid())
assert send(a, messages((None, [b"1"], rights(w, f)), (None, [b"2"], None), (None, [b"3"], control(1, socket.SCM_CREDENTIALS, own) + rights(r)))) == 3
assert receive(b, messages((None, [5], 100), (None, [5], 100), (None, [5], 100))) == 3
try: a.sendmsg([b"z"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f, 99]))])
except OSError: pass
a.sendmsg([b"no room"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f]))]); b.recvmsg(10, 8)
many = [os.dup(f) for _ in range(253)]
a.sendmsg([b"all"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", many))]); b.recvmsg(10, 2000)
u, v = udp(), udp()
for option in (12, 13): v.setsockopt(socket.SOL_IP, option, 1)  # IP_RECVTTL, IP_RECVTOS
v.setsockopt(socket.SOL_SOCKET, 29, 1); v.setsockopt(socket.SOL_IP, 20, 1)  # SO_TIMESTAMP, IP_RECVORIGDSTADDR
u.sendto(b"q", v.getsockname()); v.recvmsg(10, 500)
v.setsockopt(socket.SOL_SOCKET, 35, 1); u.sendto(b"q", v.getsockname()); v.recvmsg(10, 500)  # SO_TIMESTAMPNS
v.setsockopt(socket.SOL_SOCKET, 37, 0x18); u.sendto(b"q", v.getsockname()); v.recvmsg(10, 500)  # SO_TIMESTAMPING
gone = udp(); e = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
e.connect(gone.getsockname()); gone.close()  # at once: strace keeps the first name that it finds of a socket
e.setsockopt(socket.SOL_IP, 11, 1)  # IP_RECVERR
e.send(b"lost"); wait_for_error(e)
e.recvmsg(10, 500, socket.MSG_ERRQUEUE)
s = udp(socket.AF_INET6, "::1"); s.setsockopt(socket.IPPROTO_IPV6, 51, 1); s.sendto(b"6", s.getsockname()); s.recvmsg(10, 500)  # hop limit
"""

OUR_DURATION = re.compile(r" <[0-9.]+(?:ns|µs|us|ms|s)>$")


def plain(line):
    """What the two may write in other words."""
    line = re.sub(r"\) +=", ") =", line)
    line = re.sub(r"<UNIX(?:-\w+)?:\[(?:[^<>]|->)*\]>", "<UNIX>", line)  # strace has inodes, we have addresses
    line = re.sub(r"<((?:TCP|UDP)(?:v6)?):\[(?:[^<>]|->)*\]>", r"<\1>", line)  # a kernel without sock_diag tells strace no more
    line = re.sub(r"\b\d+ => (\d+)", r"\1", line)  # a length that the call replaced
    line = re.sub(r"( = -1 \w+) .*", r"\1", line)
    return line


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class AsStraceShowsThem(LiveTest):
    def compare(self, program, *names):
        """The program's calls of these names; they are the same lines."""
        text = self.file("strace.txt")
        done = record(self.file("run.trace"), ["strace", "-yy", "-qq", "-s", "256", "-e", "signal=none", "-o", text, *PYTHON, program],
                      ["--data"], cwd=self.folder)
        self.assertEqual(done.status, 0, done.stderr)
        pid = int(done.stdout.split()[0])
        with open(text, encoding="utf-8", errors="surrogateescape") as lines:
            theirs = [plain(line.rstrip("\n")) for line in lines if line.startswith(tuple(name + "(" for name in names))]
        ours = []
        for row, line in zip(analyze(done.trace, "--events").rows, self.lines_of(done.trace), strict=True):
            if row["pid"] == pid and row["event"] in names:
                ours.append(plain(OUR_DURATION.sub("", line[line.index(f" {row['event']}(") + 1 :])))
        self.assertTrue(theirs)
        for our_line, their_line in zip(ours, theirs):
            self.assertEqual(our_line, their_line)
        self.assertEqual(len(ours), len(theirs))
        return done.trace, ours

    @staticmethod
    def lines_of(trace):
        return subprocess.run([ANALYZER, trace, "--events", "-n", "0"], capture_output=True, check=True).stdout.decode().splitlines()

    def test_vectors(self):
        self.compare(VECTORS, "readv", "writev", "preadv", "pwritev", "preadv2", "pwritev2", "process_vm_readv", "process_vm_writev", "vmsplice")

    def test_names_and_buffers_of_each_message(self):
        self.compare(NAMES, "sendmmsg", "recvmmsg", "sendmsg", "recvmsg")

    def test_control_data_and_the_files_that_were_passed(self):
        trace, lines = self.compare(CONTROL, "sendmmsg", "recvmmsg", "sendmsg", "recvmsg")
        passed = [line for line in lines if f"<{self.file('passed')}>, " in line and "SCM_RIGHTS" in line]
        self.assertGreaterEqual(len(passed), 2, lines)
        self.assertEqual([line.count(f"<{self.file('passed')}>") for line in lines if line.count("<") > 200], [253, 253])

    def test_a_pidfd_that_comes_with_a_message(self):
        out, trace = self.python(PRELUDE + """
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
try: b.setsockopt(socket.SOL_SOCKET, 76, 1)  # SO_PASSPIDFD
except OSError: print("none"); sys.exit()
a.send(b"x"); (_, kind, data), = b.recvmsg(10, 100)[1]; print(kind, struct.unpack("i", data)[0])
""")
        if out.split()[1] == b"none":
            self.skipTest("this kernel passes no pidfds")
        _, kind, fd = map(int, out.split())
        self.assertEqual(kind, 4)
        line, = [line for line in self.lines_of(trace) if " recvmsg(" in line]
        self.assertRegex(line, rf"cmsg_type=SCM_PIDFD, cmsg_data={fd}<[^<>]*pidfd")


if __name__ == "__main__":
    main()
