# SPDX-License-Identifier: Apache-2.0
# --stream, --follow-file and --replay of programs that say themselves what they wrote, read and named.
import json
import subprocess

from traced_run import ANALYZER, LONGEST, LiveTest, analyze, main

PROGRAM = r"""
import json, os, socket, sys
said = {"pid": os.getpid(), "folder": os.getcwd()}
text = bytes(range(32, 127)) * 30
r, w = os.pipe()
said["pipe"] = r, w
reader = os.fork()
if reader == 0:
    os.close(w)
    got = b""
    while piece := os.read(r, 700): got += piece
    os._exit(0 if got == text * 2 else 1)
os.close(r)
os.write(w, text)
os.writev(w, [text[:1000], text[1000:]])
os.close(w)
assert os.waitpid(reader, 0)[1] == 0
said["reader"] = reader
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(b"request\n")
said["request"] = server.recv(100).decode()
server.sendmsg([b"an ", b"answer"])
said["answer"] = client.recv(100).decode()
said["client"], said["server"] = client.fileno(), server.fileno()
said["address"] = "%s:%d" % listener.getsockname()
one, other = socket.socketpair()
one.send(b"to the other")
other.recv(100)
said["one"] = one.fileno()
fd = os.open(".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
for _ in range(3): os.write(fd, b"abc")
os.close(fd)
os.rename(".new", "file")
os.link("file", "linked")
if os.fork() == 0: os.execv("/bin/cat", ["cat", "file"])
os.wait()
os.unlink("file")
os.unlink("linked")
print(json.dumps(said))
"""


class StreamsAndNames(LiveTest):
    def run_program(self, *options):
        out, trace = self.python(PROGRAM, **({"options": list(options)} if options else {}))
        return json.loads(out[out.index(b"{"):]), trace

    @staticmethod
    def joined(rows, **values):
        return "".join(row["data"] for row in rows if all(row[name] == value for name, value in values.items()))

    def test_contents(self):
        said, trace = self.run_program("--data", "-s", "4095")
        text = bytes(range(32, 127)).decode() * 60
        pipe = analyze(trace, "--stream=" + f"{said['reader']}:{said['pipe'][0]}").rows
        self.assertEqual({row["gap"] for row in pipe}, {None})
        self.assertEqual((self.joined(pipe, side="written"), self.joined(pipe, side="read")), (text, text))
        self.assertEqual({(row["pid"], row["side"]) for row in pipe}, {(said["pid"], "written"), (said["reader"], "read")})
        for target, out, back in ((f"{said['pid']}:{said['client']}", "request", "answer"), (f"{said['pid']}:{said['server']}", "answer", "request"),
                                  (said["address"], "answer", "request")):
            rows = analyze(trace, "--stream=" + target).rows
            for side in ("written", "read"):
                self.assertEqual((self.joined(rows, way="out", side=side), self.joined(rows, way="in", side=side)), (said[out], said[back]), target)
        rows = analyze(trace, "--stream=" + f"{said['pid']}:{said['one']}").rows
        self.assertEqual([(row["way"], row["side"], row["data"]) for row in rows], [("out", "written", "to the other"), ("out", "read", "to the other")])

    def test_gaps_have_their_bytes_and_a_reason(self):
        for options, gap, kept in ((("--data", "-s", "100"), "cut", True), ((), "not recorded", False)):
            said, trace = self.run_program(*options)
            rows = analyze(trace, "--stream=" + f"{said['reader']}:{said['pipe'][0]}").rows
            for side in ("written", "read"):
                mine = [row for row in rows if row["side"] == side]
                self.assertEqual(sum(row["bytes"] for row in mine), 2 * 95 * 30)
                self.assertEqual({row["gap"] for row in mine}, {gap, None} if kept else {gap})
                at = 0
                for row in mine:
                    self.assertEqual((row["offset_bytes"], row["data"] is None), (at, row["gap"] is not None))
                    if row["data"] is not None:
                        self.assertEqual(row["data"], "".join(chr(32 + (at + i) % 95) for i in range(row["bytes"])))
                    at += row["bytes"]

    def test_the_life_of_a_file(self):
        said, trace = self.run_program()
        folder = said["folder"]
        for name in ("file", ".new"):
            rows = analyze(trace, "--follow-file=" + f"{folder}/{name}").rows
            life = [(row["event"], row["path"].removeprefix(folder + "/"), (row["path2"] or "").removeprefix(folder + "/"), row["read_bytes"], row["write_bytes"])
                    for row in rows if row["event"] not in ("newfstatat", "fstat", "fadvise64", "close", "mmap", "munmap")]
            opens = [row for row in life if row[0].startswith("open")]
            self.assertEqual([row[1] for row in opens], [".new", "file"])
            self.assertEqual([row for row in life if row not in opens], [
                ("write", ".new", "", 0, 9), ("rename", ".new", "file", None, None), ("link", "file", "linked", None, None),
                ("read", "file", "", 9, 0), ("unlink", "file", "", None, None), ("unlink", "linked", "", None, None)], name)
            self.assertEqual([row["created"] for row in rows if row["event"].startswith("open")], ["yes", None])

    def test_replay_prints_every_event(self):
        said, trace = self.run_program()
        def printed(*words):
            return subprocess.run([ANALYZER, trace, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=LONGEST, check=True).stdout
        self.assertEqual(printed("--replay", "--speed", "100000x"), printed("--events"))
        only = ("--filter", "event == \"rename\"")
        self.assertEqual(printed("--replay", "--skip-idle", *only), printed("--events", *only))


if __name__ == "__main__":
    main()
