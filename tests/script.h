// SPDX-License-Identifier: Apache-2.0
// Small traces from text, written by the real writer:
//
//   10us cat read fd=3 count=4096 4096 file=/etc/passwd dur=3us
//   20us dd:812.813 write fd=1 count=65536 -EPIPE cpu=1      process:pid.tid; else pids count up from 100
//   30us cat openat filename="a b" 3 file=/home/a
//   35us cp copy_file_range 5 file=/from file2=/to
//   36us dns recvmmsg 2 moved=80                             two messages of 80 bytes together; peeked=80: only looked at
//   37us cat vmsplice 5 reversed                             moved bytes the other way than its name says
//   38us sh pipe 0 fds=5,6                                   descriptors that the kernel returns
//   39us sh recvmsg 4 passes=7:/etc/passwd,8:/srv            what came along: descriptors with the files behind them
//   39us cat read fd=3 count=9 5 data="h\\145llo"            what moved; with "/" between the buffers of a vector
//   40us sh read unfinished file=pipe:[7] type=fifo
//   45us sh read 6 began-before no-arguments                 flags of a call; syscall_0x10027 is a number that has no name
//   50us sh fork cat                                         a new process; "fork cat thread": a thread of sh; "fork cat sharing-files"
//   60us cat exec /bin/cat cat -n "a file"
//   60us cat exec exe=/usr/bin/cat cwd=/srv ./cat ./cat      with the files of it: exe, cwd, program
//   65us cat openat filename=a cwd=/srv 3                    a relative path and where it began
//   70us cat comm meow                                       renames
//   75us cat cgroup /docker/1234                             moves the process
//   80us cat exit 1                                          or: exit SIGKILL; then user=3ms system=2ms rss=4096 ...
//   running pid=7 ppid=1 comm=sh argv="sh -i" cgroup=/a      a process that was there when the recording began
//   open pid=7 fd=3 file=/etc/passwd                         a descriptor of it
//   metrics 1s cpu=0 interval_ns=1s syscalls=100 cycles=-    counters of a CPU; - is unavailable
//   40us cat read 10 file=/d/b was=/d/a                      the file that was called /d/a before
//   30us web read 10 file=socket:[8] type=socket local=192.0.2.1:80 remote=[2001:db8::1]:4000 transport=udp
//   31us web read 10 file=socket:[9] type=socket local=/run/x remote=unix transport=stream
//                                                            a Unix socket's path, @name, or that it has none
//                                                            and netns=7; udp, mptcp, stream (TCP that says it is one), ping, rawicmp, rawtcp; peer=192.0.2.9:53: of sendto and recvfrom
//   row 40us flow packets=3 source=192.0.2.1:4000   of any type, by the columns of its catalogue entry; the rest is 0
//   clock 5s 3605s                                  5 s after the start the wall clock is 3605 s past the start's
//   lost cpu1 3                                              or: lost cpu1 3 thread disk
//   flush                                                    what follows goes to other frames
//   rotate                                          what follows goes to the next part of the recording
//   no end                                                   the recorder was killed here
//   no durations                                    calls were looked at when they returned (ebpf-record --no-latency)
//   small header                                             first line: no doc texts, only the first system calls
//
// Texts take C escapes within double quotes. Unknown words are an exception with the line in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/questions/question_list.h"
#include "analyzer/questions/summary.h"
#include "analyzer/questions/syscalls.h"
#include "analyzer/questions/top_files.h"
#include "analyzer/questions/top_io.h"
#include "analyzer/questions/verify.h"
#include "analyzer/tables/event_lines.h"
#include "analyzer/tables/table.h"
#include "trace/read/trace.h"

namespace ebpftrace {

inline constexpr uint64_t kScriptStartNs = 1'000'000'000'000;             // boot time at which a scripted trace starts
inline constexpr int64_t kScriptStartRealNs = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z

std::vector<std::byte> script_bytes(std::string_view text);
std::vector<std::vector<std::byte>> script_parts(std::string_view text);  // of one with "rotate"
trace::Trace script(std::string_view text);
inline trace::Trace small_script(const std::string& text) {
  return script("small header\n" + text);
}  // ten times faster
trace::Trace trace_of(std::vector<std::byte> bytes);

// An answer as CSV with plain line ends, only the columns that are asked for (all if none), in the answer's order.
std::string csv(analyzer::Result result, const std::vector<std::string>& columns = {});
std::string json(const analyzer::Result& result);
inline analyzer::Cell cell(const analyzer::Result& result, size_t row, std::string_view column) {
  return result.cell(row, *result.column(column));
}
std::string text(const analyzer::Result& result, size_t width = 0);
template <typename Answer>
std::string csv(const Answer& answer, const std::vector<std::string>& columns = {}) {
  return csv(result_of(answer), columns);
}
template <typename Answer>
std::string json(const Answer& answer) {
  return json(result_of(answer));
}

// Questions by the names that their answers have.
namespace analyzer {
inline Result process_tree(const trace::Trace& trace, size_t limit = SIZE_MAX) {
  return ask(kTreeQuestion, trace, {.limit = limit});
}
inline Result open_files(const trace::Trace& trace, size_t limit = SIZE_MAX) {
  return ask(kOpenFilesQuestion, trace, {.limit = limit});
}
inline Result network(const trace::Trace& trace, size_t limit = SIZE_MAX) {
  return ask(kNetworkQuestion, trace, {.limit = limit});
}
inline Result security(const trace::Trace& trace, size_t limit = SIZE_MAX) {
  return ask(kSecurityQuestion, trace, {.limit = limit});
}
inline Result metrics(const trace::Trace& trace, const Asked& asked = {}) {
  return ask(kMetricsQuestion, trace, asked);
}
}  // namespace analyzer

// Every event as a line: time cpu pid tid process event duration result args path, "-" for what there is none of.
std::string event_lines(const trace::Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace
