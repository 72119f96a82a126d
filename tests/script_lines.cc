// SPDX-License-Identifier: Apache-2.0
// What a script says of the recording itself: losses, counters, clocks, what was there at its start, rows of any type.
#include <netinet/in.h>

#include <algorithm>
#include <stdexcept>

#include "analyzer/text/call_text.h"
#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "tests/script.h"
#include "tests/script_author.h"
#include "trace/write/block_encoder.h"

namespace ebpftrace {

using namespace recorder;
using namespace analyzer;

void ScriptAuthor::add_lost() {
  const auto cpu = static_cast<uint32_t>(number(std::string_view(words_.at(1)).substr(3)));
  const uint64_t n = number(words_.at(2));
  uint16_t id = EVENT_SYSCALL;
  auto reason = schema::Count::What::RING_FULL;
  for (size_t i = 3; i < words_.size(); ++i) {
    bool known = false;
    for (const EventType& event : catalogue_)
      if (event.name == words_[i]) id = event.id, known = true;
    if (words_[i] == "disk") reason = schema::Count::What::DISK, known = true;
    if (!known) throw std::invalid_argument("unknown: " + words_[i]);
  }
  count(cpu, id, schema::Count::What::PRODUCED, n);
  count(cpu, id, reason, n);
}

std::map<std::string, std::string> ScriptAuthor::named_words(size_t from) {
  std::map<std::string, std::string> named;
  for (size_t i = from; i < words_.size(); ++i) {
    const size_t equals = words_[i].find('=');
    if (equals == std::string::npos) throw std::invalid_argument("not NAME=VALUE: " + words_[i]);
    named[words_[i].substr(0, equals)] = words_[i].substr(equals + 1);
  }
  return named;
}

void ScriptAuthor::take_number(std::map<std::string, std::string>& named, const std::string& name, trace::OpenBlock& to,
                               unsigned column, uint64_t otherwise) {
  const auto given = named.extract(name);
  to.set(column, given ? duration(given.mapped()) : otherwise);
}

void ScriptAuthor::add_running() {
  auto named = named_words(1);
  using namespace process_columns;
  trace::OpenBlock& to = rows(EVENT_PROCESS);
  to.set(time_ns, kScriptStartNs);
  for (const auto& [name, column] : {std::pair("pid", +tgid),
                                     {"ppid", +ppid},
                                     {"uid", +uid},
                                     {"gid", +gid},
                                     {"nspid", +ns_pid},
                                     {"threads", +threads}})
    take_number(named, name, to, column);
  std::string argv = named["argv"];
  std::replace(argv.begin(), argv.end(), ' ', '\0');
  if (!argv.empty()) argv += '\0';
  to.set_string(process_columns::comm, named["comm"]);
  to.set_string(exe, named["exe"]);
  to.set_string(process_columns::argv, argv);
  to.set_string(cwd, named["cwd"]);
  to.set_string(process_columns::cgroup, named["cgroup"]);
  end_row(to);
}

void ScriptAuthor::add_open_file() {
  auto named = named_words(1);
  const std::string type = named.contains("type") ? named["type"] : "file";
  const ScriptSocket socket{named.contains("local") ? named["local"] : "", "", IPPROTO_TCP};
  const uint32_t id = named.contains("file") ? file(named["file"], type, socket) : 0;
  using namespace open_file_columns;
  trace::OpenBlock& to = rows(EVENT_OPEN_FILE);
  to.set(time_ns, kScriptStartNs);
  take_number(named, "pid", to, tgid);
  take_number(named, "fd", to, fd);
  take_number(named, "flags", to, open_file_columns::flags);
  to.set(open_file_columns::file, id);
  end_row(to);
}

void ScriptAuthor::add_metrics() {
  const uint64_t time = kScriptStartNs + duration(words_.at(1));
  auto named = named_words(2);
  using namespace metrics_columns;
  trace::OpenBlock& to = rows(EVENT_METRICS);
  uint64_t missing = 0;
  for (unsigned column = 0; column < metrics_columns::count; ++column) {
    const auto given = named.extract(snake_case(type(EVENT_METRICS).columns[column].name));
    if (given && given.mapped() == "-") missing |= uint64_t{1} << column;
    to.set(column, given && given.mapped() != "-" ? duration(given.mapped()) : 0);
  }
  if (!named.empty()) throw std::invalid_argument("metrics has no " + named.begin()->first);
  to.set(time_ns, time);
  to.set(unavailable, missing);
  end_row(to);
}

void ScriptAuthor::add_clock() {
  std::lock_guard lock(mutex_);
  clock_ = {kScriptStartNs + duration(words_.at(1)),
            kScriptStartRealNs + static_cast<int64_t>(signed_duration(words_.at(2)))};
  clocks_.push_back(clock_);
}

void ScriptAuthor::write_clocks() {
  trace::BlockEncoder encoder(1);
  for (const trace::ClockReading& clock : clocks_) {
    capnp::MallocMessageBuilder message;
    auto pair = message.initRoot<schema::Status>().initClock();
    pair.setBootNs(clock.boot_ns);
    pair.setRealNs(clock.real_ns);
    trace::FrameHeader header{};
    header.kind = static_cast<uint16_t>(trace::FrameKind::kStatus);
    header.cpu = trace::kNoCpu;
    header.first_ns = header.last_ns = clock.boot_ns;
    const trace::EncodedFrame frame = encoder.encode(header, message);
    file_->append(frame.header, frame.bytes);
  }
}

void ScriptAuthor::add_row() {
  const uint64_t time = kScriptStartNs + duration(words_.at(1));
  auto named = named_words(3);
  const EventType* type = nullptr;
  for (const EventType& candidate : catalogue_)
    if (candidate.name == words_.at(2)) type = &candidate;
  if (!type) throw std::invalid_argument("no such type: " + words_[2]);
  const auto on = named.find("cpu");
  trace::OpenBlock& to = rows(type->id, on == named.end() ? trace::kNoCpu : static_cast<uint32_t>(number(on->second)));
  for (unsigned i = 0; i < type->columns.size(); ++i) {
    const ColumnType& column = type->columns[i];
    const auto given = named.extract(snake_case(column.name));
    if (column.name == "timeNs") to.set(i, time);
    if (!given) continue;
    const std::string& value = given.mapped();
    if (column.is_text())
      to.set_string(i, column.display == schema::Display::SOCKADDR ? sockaddr_of(value) : value);
    else
      to.set(i, column.display == schema::Display::TIME ? kScriptStartNs + duration(value) : duration(value));
  }
  if (!named.empty()) throw std::invalid_argument(type->name + " has no " + named.begin()->first);
  end_row(to);
}

}  // namespace ebpftrace
