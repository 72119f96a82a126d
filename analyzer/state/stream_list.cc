// SPDX-License-Identifier: Apache-2.0
// Which streams there are: what every descriptor moved, put together by pipe, file or connection.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "analyzer/api/question.h"
#include "analyzer/api/stream.h"
#include "analyzer/dictionaries/file_facts.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/state/call_effects.h"
#include "analyzer/state/socket_words.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostDescriptors = 1u << 16;  // of a thread

// What each descriptor moved.
struct Moved {
  uint64_t first_ns = UINT64_MAX, last_ns = 0, written = 0, read = 0;
  void add(const Moved& other) {
    first_ns = std::min(first_ns, other.first_ns);
    last_ns = std::max(last_ns, other.last_ns);
    written += other.written;
    read += other.read;
  }
};
using MovedBy = std::map<std::tuple<uint32_t, uint32_t, uint32_t>, Moved>;  // file, process, descriptor

class Totals {
 public:
  Totals(const Session& session, const CallEffects& effects)
      : session_(session),
        effects_(effects),
        block_(session.trace(), "syscall",
               {"timeNs", "result", "thread", "file", "file2", "number", "flags", "moved", "peeked", "arg0", "arg1",
                "arg2", "arg3"}) {}

  void operator()(const trace::Frame& frame) {
    if (!block_.load(frame)) return;
    while (block_.next_tile())
      for (size_t i = 0; i < block_.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block_.column(column)[i]; };
        const uint64_t flags = value(6);
        const CallEffects::Row& row = effects_.row(value(5), (flags & SYSCALL_COMPAT) != 0);
        if (!(row.flow & CallFlow::kMoves) || (!value(3) && !value(4))) continue;
        const uint8_t flow = CallFlow::directed(row.flow, flags);
        const CallBytes bytes = CallFlow::bytes(flow, flags, value(1), value(7), value(8));
        if (!bytes.read && !bytes.written) continue;
        const uint32_t process = session_.threads().process_of(value(2));
        const bool both = (row.flow & CallFlow::kMoves) == CallFlow::kMoves;
        for (unsigned which = 0; which < (both ? 2u : 1u); ++which) {
          const auto file = static_cast<uint32_t>(value(3 + which));
          if (!file || !process || row.fd_arg[which] > 3) continue;
          const bool written =
              both ? (which == 0) == ((flow & CallFlow::kFileIsTarget) != 0) : flow & CallFlow::kWrites;
          const std::tuple key(file, process, static_cast<uint32_t>(value(9 + row.fd_arg[which])));
          if (by.size() >= kMostDescriptors && !by.contains(key)) {
            full = true;
            continue;
          }
          by[key].add({value(0), value(0), written ? bytes.written : 0, written ? 0 : bytes.read});
        }
      }
  }

  MovedBy by;
  bool full = false;

 private:
  const Session& session_;
  const CallEffects& effects_;
  trace::Block block_;
};

}  // namespace

std::optional<DescriptorOf> descriptor_of(const Session& session, const EventRef& event) {
  const trace::Trace& trace = session.trace();
  if (event.frame >= trace.frames().size()) return {};
  if (!trace.blocks_of("syscall").contains(event.frame)) return {};
  trace::Block block(trace, "syscall",
                     {"thread", "file", "file2", "number", "flags", "result", "arg0", "arg1", "arg2", "arg3"});
  if (!block.load(trace.frames()[event.frame])) return {};
  const CallEffects effects(trace.catalogue(), session.flow());
  while (block.next_tile()) {
    if (event.row < block.tile_start() || event.row >= block.tile_start() + block.tile_rows()) continue;
    auto value = [&](unsigned column) { return block.column(column)[event.row - block.tile_start()]; };
    const uint32_t process = session.threads().process_of(value(0));
    const CallEffects::Row& row = effects.row(value(3), (value(4) & SYSCALL_COMPAT) != 0);
    if (!process) return {};
    const uint32_t pid = session.threads().processes()[process].pid;
    if (row.returns_fd && value(1) && value(5) <= INT32_MAX) return DescriptorOf{pid, static_cast<uint32_t>(value(5))};
    for (unsigned j = 0; j < 2; ++j)
      if ((row.returns_fd ? value(2) : value(1 + j)) && row.fd_arg[j] <= 3)
        return DescriptorOf{pid, static_cast<uint32_t>(value(6 + row.fd_arg[j]))};
  }
  return {};
}

std::vector<StreamTotal> list_streams(const Session& session, size_t most, const std::stop_token& stop,
                                      const std::function<void(const Progress&)>& progress) {
  constexpr size_t kMostNamed = 4;
  Asked asked;
  asked.stop = stop;
  asked.progress = progress;
  const Watch watch(asked);
  const trace::Trace& trace = session.trace();
  const CallEffects effects(trace.catalogue(), session.flow());
  const FileFacts facts(trace);
  const auto workers = scan_blocks(
      trace, trace.blocks_of("syscall"), [&] { return std::make_unique<Totals>(session, effects); }, &watch);
  MovedBy by;
  bool full = false;
  for (const auto& worker : workers) {
    full |= worker->full;
    for (const auto& [key, moved] : worker->by) by[key].add(moved);
  }
  if (full) trace.shortfalls().report("more descriptors moved bytes than this program keeps; some are missing");
  // A file is known by several ids, a connection by its two addresses whichever end it is.
  using Key = std::tuple<uint32_t, std::string, std::string>;
  struct Sum {
    Moved moved;
    std::tuple<uint32_t, uint32_t, uint32_t> last;
    uint64_t last_ns = 0;
    std::vector<std::pair<uint32_t, uint64_t>> processes;  // and when each was the last
  };
  std::map<Key, Sum> sums;
  for (const auto& [key, moved] : by) {
    const FileFact& fact = facts.of(std::get<0>(key));
    Key of = fact.same ? Key(fact.same, {}, {}) : Key(std::get<0>(key), "not described", {});
    if (fact.socket) {
      const SocketFact& socket = facts.socket(fact);
      std::string local = socket_address(socket.local), remote = socket_address(socket.remote);
      if (!local.empty() && !remote.empty()) of = {0, std::min(local, remote), std::max(local, remote)};
    }
    Sum& sum = sums[of];
    sum.moved.add(moved);
    if (moved.last_ns >= sum.last_ns) {
      sum.last_ns = moved.last_ns;
      sum.last = key;
    }
    const uint32_t process = std::get<1>(key);
    if (std::none_of(sum.processes.begin(), sum.processes.end(),
                     [&](const auto& one) { return one.first == process; }) &&
        sum.processes.size() < kMostNamed)
      sum.processes.emplace_back(process, moved.last_ns);
  }
  std::vector<const Sum*> order;
  for (const auto& [key, sum] : sums) order.push_back(&sum);
  const auto bytes = [](const Sum* sum) { return sum->moved.written + sum->moved.read; };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Sum* one, const Sum* other) { return bytes(one) > bytes(other); });
  if (order.size() > most) order.resize(most);
  std::vector<StreamTotal> totals;
  const ThreadTable& table = session.threads();
  for (const Sum* sum : order) {
    const auto [file, process, fd] = sum->last;
    const File* named = session.files().find(file);
    StreamTotal total{std::string(named ? named->shown : std::string_view()),
                      named && S_ISREG(named->mode),
                      table.processes()[process].pid,
                      fd,
                      trace.since_start(sum->moved.first_ns),
                      trace.since_start(sum->moved.last_ns),
                      sum->moved.written,
                      sum->moved.read,
                      {}};
    for (const auto& [one, last_ns] : sum->processes)
      total.processes.push_back({table.processes()[one].pid, std::string(table.name_at(one, last_ns))});
    totals.push_back(std::move(total));
  }
  return totals;
}

}  // namespace ebpftrace::analyzer
