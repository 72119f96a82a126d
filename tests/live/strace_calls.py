# SPDX-License-Identifier: Apache-2.0
# The calls that strace saw, read from its text output: one Call per call that began.
import collections
import re
import subprocess

from traced_run import LONGEST, plain_environment

Call = collections.namedtuple("Call", "pid name result error")  # result None: it never returned

BEGUN = re.compile(r"^(\d+) +(\w+)\(")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>")
RESULT = re.compile(r"\) += (-?\d+|0x[0-9a-f]+|\?)(?: (E[A-Z0-9]+))?[^=]*$")


def parse(lines):
    calls, open_calls = [], {}
    for line in lines:
        begun, resumed = BEGUN.match(line), RESUMED.match(line)
        if begun:
            pid, name = int(begun[1]), begun[2]
            open_calls[pid] = len(calls)
            calls.append(Call(pid, name, None, None))
        elif resumed:
            pid = int(resumed[1])
        else:
            raise ValueError(f"strace wrote a line that this parser does not know: {line!r}")
        ended = RESULT.search(line)
        if ended and pid in open_calls:
            at = open_calls.pop(pid)
            number = int(ended[1], 0) if ended[1] != "?" else None
            calls[at] = calls[at]._replace(result=number, error=ended[2])
    return calls


def strace(command, output, **how):
    """The calls of the command and its descendants, and its exit status."""
    how = {"env": plain_environment(), "stdin": subprocess.DEVNULL, **how}
    words = ["strace", "-f", "-qq", "-e", "signal=none", "-s", "0", "-o", output, "--", *command]
    done = subprocess.run(words, capture_output=True, timeout=LONGEST, **how)
    with open(output, encoding="utf-8", errors="replace") as text:
        return parse(text), done.returncode


def counts(calls):
    """{name: (calls, errors)}, as the table of strace -c has them."""
    number, errors = collections.Counter(), collections.Counter()
    for call in calls:
        number[call.name] += 1
        errors[call.name] += call.error is not None
    return {name: (number[name], errors[name]) for name in number}
