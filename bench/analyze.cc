// SPDX-License-Identifier: Apache-2.0
// How fast and in how much memory a trace is read, against what decompressing it alone takes; and a synthetic trace of
// any size to try it on, written by the recorder's own encoder and file.
//
//   bench/analyze --generate /tmp/ten.trace --events 10000000
//   bench/analyze /tmp/ten.trace
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "analyzer/api/question.h"
#include "analyzer/exports/export.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/events.h"
#include "analyzer/questions/syscalls.h"
#include "analyzer/questions/top_files.h"
#include "analyzer/questions/top_io.h"
#include "analyzer/sql/database.h"
#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/trace_writer.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace {

using namespace ebpftrace;
using namespace ebpftrace::analyzer;
using namespace ebpftrace::recorder;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// ---- a synthetic trace ----------------------------------------------------------------------------------------------

struct Mix {
  uint16_t number;
  unsigned weight;
  double duration_ns;  // median
  bool has_file, has_path;
};
// About what a build and a tar do (peers.md W5, W6).
constexpr Mix kMix[] = {{0, 24, 900, true, false},    {1, 12, 1500, true, false},  {257, 12, 2500, true, true},
                        {3, 13, 400, true, false},    {262, 16, 1100, true, true}, {9, 5, 1800, false, false},
                        {202, 6, 5000, false, false}, {17, 3, 900, true, false},   {217, 3, 9000, true, false},
                        {8, 3, 250, true, false},     {21, 2, 1500, false, true},  {13, 1, 200, false, false}};

class Synthesiser {
 public:
  // long_calls: of a thousand, how many take 1 ms and more.
  Synthesiser(BlockQueue& queue, const std::vector<EventType>& catalogue, unsigned long_calls)
      : queue_(queue), catalogue_(catalogue), long_calls_(long_calls) {
    for (const Mix& mix : kMix) total_weight_ += mix.weight;
  }

  void describe() {
    BlockPtr threads = take(EVENT_THREAD, trace::kNoCpu);
    for (uint32_t id = 1; id <= kThreads; ++id) {
      using namespace thread_columns;
      for (unsigned column = 0; column < comm; ++column) threads->set(column, 1);
      threads->set(time_ns, now_);
      threads->set(process_start_ns, 1000 + id / 4);
      threads->set(thread, id);
      threads->set(tid, 2000 + id);
      threads->set(tgid, 2000 + id / 4 * 4);
      threads->set_string(comm, fmt::format("worker-{}", id / 4));
      threads->end_row();
    }
    queue_.push(std::move(threads));
    for (uint32_t id = 1; id <= kFiles;) {
      BlockPtr files = take(EVENT_FILE, trace::kNoCpu);
      for (; id <= kFiles && !files->full(); ++id) {
        using namespace file_columns;
        for (unsigned column = 0; column < path; ++column) files->set(column, 0);
        files->set(time_ns, now_);
        files->set(inode, 100'000 + id * 3);
        files->set(file, id);
        files->set(mode, 0100644);
        files->set_string(path, path_of(id));
        files->end_row();
      }
      queue_.push(std::move(files));
    }
  }

  // A block of calls on one CPU; time goes on.
  void add_block(uint32_t cpu, size_t rows) {
    using namespace syscall_columns;
    BlockPtr block = take(EVENT_SYSCALL, cpu);
    uint64_t now = now_;
    uint32_t caller = 1 + static_cast<uint32_t>(random_() % kThreads);
    for (size_t i = 0; i < rows && !block->full(); ++i) {
      if (random_() % 200 == 0) caller = 1 + static_cast<uint32_t>(random_() % kThreads);
      const Mix& mix = pick();
      auto took = static_cast<uint64_t>(mix.duration_ns * std::exp(normal_(random_) * 0.6));
      if (random_() % 1000 < long_calls_) took += 1'000'000;
      const uint32_t file_id = mix.has_file ? 1 + static_cast<uint32_t>((caller * 97 + random_() % 40) % kFiles) : 0;
      const bool fails = random_() % 12 == 0 && mix.has_path;
      const uint64_t size = uint64_t{1} << (6 + random_() % 8);
      const uint64_t fd = 3 + file_id % 5;
      uint64_t ret = 0;
      if (mix.number == 0 || mix.number == 1 || mix.number == 17) ret = random_() % 3 ? size : random_() % size;
      if (mix.number == 257) ret = fd;
      for (unsigned column = 0; column < syscall_columns::count; ++column) block->set(column, 0);
      block->set(time_ns, now);
      block->set(duration_ns, took);
      block->set(result, fails ? static_cast<uint64_t>(-2) : ret);
      block->set(arg0, mix.has_path ? static_cast<uint64_t>(-100) & 0xffffffff : fd);
      block->set(arg1, 0x7ffc00000000 + caller * 0x10000 + mix.number * 64);
      block->set(arg2, size);
      for (unsigned column : {arg3, arg4, arg5}) block->set(column, 0);
      block->set(thread, caller);
      block->set(file, fails ? 0 : file_id);
      block->set(number, mix.number);
      block->set(flags, 0);
      if (mix.has_path)
        block->set_string(path, path_of(1 + static_cast<uint32_t>((caller * 97 + random_() % 40) % kFiles)));
      else
        block->set(path, 0);
      block->set(path2, 0);
      block->end_row();
      now += took + 200 + random_() % 3000;
    }
    rows_ += block->rows();
    end_ = std::max(end_, now);
    queue_.push(std::move(block));
  }
  void next_round() { now_ = end_; }

  uint64_t rows() const { return rows_; }

 private:
  static constexpr uint32_t kThreads = 64, kFiles = 20'000;

  static std::string path_of(uint32_t id) {
    return fmt::format("/home/someone/project/src/module{:03}/part{}/file_{}.cc", id % 211, id % 7, id);
  }

  const Mix& pick() {
    unsigned at = static_cast<unsigned>(random_() % total_weight_);
    for (const Mix& mix : kMix) {
      if (at < mix.weight) return mix;
      at -= mix.weight;
    }
    return kMix[0];
  }

  BlockPtr take(uint16_t id, uint32_t cpu) {
    for (const EventType& type : catalogue_) {
      if (type.id != id) continue;
      for (;;) {
        if (BlockPtr block = queue_.take(type, cpu)) {
          block->start(cpu);
          return block;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    throw std::logic_error("no such event type");
  }

  BlockQueue& queue_;
  const std::vector<EventType>& catalogue_;
  unsigned long_calls_;
  std::mt19937_64 random_{42};
  std::normal_distribution<double> normal_;
  unsigned total_weight_ = 0;
  uint64_t now_ = 2'000'000'000, end_ = now_, rows_ = 0;
};

void generate(const std::string& path, uint64_t events, uint64_t rows_per_block, unsigned long_calls) {
  const auto catalogue = event_catalogue();
  trace::OutputCalls calls;
  BlockQueue queue({});
  LossLedger losses;
  capnp::MallocMessageBuilder header;
  trace::build_header(
      header,
      {.probe = "synthetic", .filter = "all", .start = {1'000'000'000, 1'700'000'000'000'000'000}, .possible_cpus = 4});
  std::atomic<uint64_t> produced{0};
  TraceWriter writer(
      std::make_unique<trace::TraceFile>(path, trace::OutputOwner{::geteuid(), ::getegid()}, calls), queue, losses,
      header, trace::built_in_catalogue_frame(),
      [&] {
        return StatusReport{{{trace::kNoCpu, EVENT_SYSCALL, schema::Count::What::PRODUCED, produced.load()}}, {}};
      },
      trace::BlockEncoder::kDefaultLevel);
  Synthesiser synthesiser(queue, catalogue, long_calls);
  synthesiser.describe();
  while (synthesiser.rows() < events) {
    for (uint32_t cpu = 0; cpu < 4 && synthesiser.rows() < events; ++cpu)
      synthesiser.add_block(cpu, std::min<uint64_t>(rows_per_block, events - synthesiser.rows()));
    synthesiser.next_round();
  }
  produced = synthesiser.rows();
  queue.close();
  if (!writer.finish("generated")) throw std::runtime_error("the trace could not be written");
  fmt::print("{} events, {:.1f} MB, {:.2f} bytes per event\n", events, static_cast<double>(writer.size().all()) / 1e6,
             static_cast<double>(writer.size().all()) / static_cast<double>(events));
}

// ---- measuring ------------------------------------------------------------------------------------------------------

struct Measured {
  double seconds;
  long peak_kib;
};

// In a process of its own, so that its peak memory is its own.
template <typename Work>
Measured in_child(Work&& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = ::fork();
  if (child == 0) {
    Measured measured{work(), 0};
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    measured.peak_kib = usage.ru_maxrss;
    const bool sent = ::write(ends[1], &measured, sizeof measured) == sizeof measured;
    ::_exit(sent ? 0 : 1);
  }
  ::close(ends[1]);
  Measured measured{};
  if (::read(ends[0], &measured, sizeof measured) != sizeof measured)
    throw std::runtime_error("the measured process failed");
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return measured;
}

// The compressed frames are in memory already; as many threads as a query has.
double decompress_seconds(const trace::Trace& trace, const trace::Positions& positions, uint64_t& raw_bytes) {
  std::vector<std::vector<std::byte>> stored;
  size_t largest = 0;
  raw_bytes = 0;
  for (uint32_t position : positions) {
    const trace::Frame& frame = trace.frames()[position];
    auto& bytes = stored.emplace_back(frame.stored_bytes);
    trace.bytes().read(frame.offset + sizeof(trace::FrameHeader), bytes);
    largest = std::max<size_t>(largest, frame.raw_bytes);
    raw_bytes += frame.raw_bytes;
  }
  std::atomic<size_t> next{0};
  auto run = [&] {
    std::vector<std::byte> raw(largest);
    ZSTD_DCtx* context = ZSTD_createDCtx();
    for (size_t i; (i = next.fetch_add(1)) < stored.size();) {
      trace::GroupTable table;
      std::memcpy(&table, stored[i].data(), std::min(sizeof table, stored[i].size()));
      const std::byte* group = stored[i].data() + table.bytes();
      for (unsigned k = 0; k < table.groups; group += table.entries[k++].stored_bytes)
        ZSTD_decompressDCtx(context, raw.data(), raw.size(), group, table.entries[k].stored_bytes);
    }
    ZSTD_freeDCtx(context);
  };
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < worker_count(trace, positions); ++i) threads.emplace_back(run);
    run();
  }
  return seconds_since(start);
}

class NullOutput : public ExportOutput {
 public:
  void write(std::string_view) override {}
  void begin_file(std::string_view) override {}
};

// only: of what has this in its name.
void measure(const std::string& path, unsigned repeats, const std::string& only) {
  uint64_t events = 0, raw_bytes = 0, stored_bytes = 0;
  double decompress = 1e9;
  {
    const trace::Trace trace(trace::open_file(path));
    const auto positions = trace.blocks_of("syscall");
    for (uint32_t position : positions) {
      events += trace.frames()[position].count;
      stored_bytes += trace.frames()[position].stored_bytes;
    }
    for (unsigned i = 0; i < repeats; ++i)
      decompress = std::min(decompress, decompress_seconds(trace, positions, raw_bytes));
    fmt::print("{} system calls in {} frames: {:.1f} MB compressed, {:.1f} MB raw; {} threads\n", events,
               positions.size(), static_cast<double>(stored_bytes) / 1e6, static_cast<double>(raw_bytes) / 1e6,
               worker_count(trace, positions));
  }
  fmt::print("{:<28} {:>8.3f} s {:>8.1f} M events/s\n", "decompress only", decompress,
             static_cast<double>(events) / decompress / 1e6);

  auto query = [&](const std::string& name, auto&& ask) {
    if (name.find(only) == std::string::npos) return;
    Measured best{1e9, 0};
    for (unsigned i = 0; i < repeats; ++i) {
      const Measured measured = in_child([&] {
        const auto start = Clock::now();
        const trace::Trace trace(trace::open_file(path));
        ask(trace);
        return seconds_since(start);
      });
      best = {std::min(best.seconds, measured.seconds), std::max(best.peak_kib, measured.peak_kib)};
    }
    fmt::print("{:<28} {:>8.3f} s {:>8.1f} M events/s {:>6.2f} x decompress {:>6.1f} MiB peak\n", name, best.seconds,
               static_cast<double>(events) / best.seconds / 1e6, best.seconds / decompress,
               static_cast<double>(best.peak_kib) / 1024);
  };
  query("open", [](const trace::Trace&) {});
  query("--top-io", [](const trace::Trace& trace) { top_io(trace); });
  query("--top-io from rows", [](const trace::Trace& trace) { top_io(trace, SIZE_MAX, Reading::kRows); });
  query("--syscalls", [](const trace::Trace& trace) { syscalls(trace); });
  query("--syscalls from rows", [](const trace::Trace& trace) { syscalls(trace, SIZE_MAX, Reading::kRows); });
  query("--top-files", [](const trace::Trace& trace) { top_files(trace); });
  auto of_list = [&](const char* shown, const char* question, const Asked& asked) {
    query(shown, [&](const trace::Trace& trace) { ask(*find_question(question), trace, asked); });
  };
  of_list("--top-io over 1us", "top_io", {.filter = "duration > 1us"});
  of_list("--top-io over 1ms", "top_io", {.filter = "duration > 1ms"});
  of_list("--top-io --by path", "top_io", {.by = {"path"}});
  of_list("--summary", "summary", {});
  of_list("--errors", "errors", {});
  of_list("--slowest -n 20", "slowest", {.limit = 20});
  of_list("--slowest from rows", "slowest", {.limit = 20, .reading = Reading::kRows});
  of_list("--histogram latency", "histogram", {.by = {"pid"}, .argument = "latency"});
  of_list("--histogram from rows", "histogram", {.by = {"pid"}, .reading = Reading::kRows, .argument = "latency"});
  of_list("--histogram size", "histogram", {.argument = "size"});
  of_list("--timeline", "timeline", {});
  of_list("--blocked", "blocked", {});
  of_list("--tree", "tree", {});
  of_list("--open-files", "open_files", {});
  of_list("--ps", "ps", {});
  of_list("--lsof", "lsof", {});
  of_list("--ss", "ss", {});
  of_list("--cpu", "cpu", {});
  of_list("--memory", "memory", {});
  of_list("--memory over time", "memory", {.options = {{"bucket", "100ms"}}});
  of_list("--follow-file", "follow_file", {.argument = "/home/someone/project/src/module001/part1/file_1.cc"});
  of_list("--metrics", "metrics", {});
  of_list("--network", "network", {});
  of_list("--security", "security", {});
  of_list("--verify", "verify", {});
  query("--events in order",
        [](const trace::Trace& trace) { for_each_event(trace, SIZE_MAX, [](const Event&) { return true; }); });
  for (const auto& [name, format] :
       {std::pair("--events as text", Format::kTable), {"--events as JSON", Format::kJson}})
    query(name, [&, format = format](const trace::Trace& trace) {
      ask(*find_question("events"), trace, {}, format, [](std::string_view) {});
    });
  query("--sql", [](const trace::Trace& trace) {
    const Session session(trace);
    SqlDatabase(session).run(
        "SELECT syscall, count(*), sum(duration_ns) FROM syscalls GROUP BY syscall",
        [](const std::vector<std::string>&) {}, [](const std::vector<SqlValue>&) { return true; });
  });
  for (const Export* one : all_exports())
    query(fmt::format("--export {}", one->name), [&](const trace::Trace& trace) {
      NullOutput output;
      run_export(*one, Session(trace), {}, output);
    });
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, generated, only;
  uint64_t events = 10'000'000;
  unsigned repeats = 3, long_calls = 0;
  uint64_t rows_per_block = 16384;
  CLI::App app{"Measures the analyzer on a trace, or generates one to measure it on"};
  app.add_option("FILE", file, "Trace to measure");
  app.add_option("--generate", generated, "Write a synthetic trace to this file");
  app.add_option("--events", events, "System calls to generate")->capture_default_str();
  app.add_option("--rows-per-block", rows_per_block, "Calls in a generated block")
      ->capture_default_str()
      ->check(CLI::Range(1, 16384));
  app.add_option("--long-calls", long_calls, "Of a thousand generated calls, how many take 1 ms and more")
      ->capture_default_str();
  app.add_option("--repeat", repeats, "Measurements, of which the fastest counts")->capture_default_str();
  app.add_option("--only", only, "Measure only what has this in its name");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!generated.empty()) generate(generated, events, rows_per_block, long_calls);
    if (!file.empty()) measure(file, repeats, only);
    if (file.empty() && generated.empty()) fmt::print("{}", app.help());
  } catch (const std::exception& error) {
    fmt::print(stderr, "analyze: {}\n", error.what());
    return 1;
  }
  return 0;
}
