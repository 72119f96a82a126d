// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>

#include "analyzer/api/question.h"
#include "predicate/wrapped.h"
#include "ship/cli/completion.h"
#include "ship/cli/keep_memory.h"
#include "ship/cli/stop_signals.h"
#include "ship/kafka/consumer.h"
#include "ship/kafka/topic_reader.h"
#include "ship/load/audit.h"
#include "ship/load/event_audit.h"
#include "ship/load/loader.h"
#include "ship/load/slice.h"
#include "trace/read/recordings.h"
#include "trace/read/trace_error.h"

namespace {

using namespace ebpftrace::ship;
namespace trace = ebpftrace::trace;

enum : int { kExitDone = 0, kExitUsage = 1, kExitNotATrace = 2, kExitClickHouse = 3, kExitPending = 4, kExitGap = 5 };

constexpr int kPollMs = 20, kFullMs = 50, kLastWaitMs = 10'000;
constexpr int kRecordsInTurn = 512;
constexpr auto kCommitEvery = std::chrono::milliseconds(500);

constexpr const char* kFooter =
    "Examples:\n"
    "  ebpf-load --kafka --brokers kafka-1:9092 --clickhouse http://ch-1:8123\n"
    "      until it is stopped\n"
    "  ebpf-load --kafka --config /etc/ebpf-load.conf\n"
    "      passwords, TLS, shards and replicas\n"
    "  ebpf-load 'run.*.trace' --clickhouse http://localhost:8123\n"
    "      files, without Kafka\n"
    "  ebpf-load --audit --fail-on-gap --config C\n"
    "      is every event there, once?\n"
    "  ebpf-load --slice web-7 --from 2026-11-21T14:03:10Z -o w.trace --config C\n"
    "\n"
    "Exit status:\n"
    "  0  done, or stopped\n"
    "  1  usage, or a setting that can't be used\n"
    "  2  not a trace\n"
    "  3  ClickHouse refuses\n"
    "  4  stopped with batches that are not there yet: the next one makes them\n"
    "  5  --fail-on-gap: there is a gap\n";

struct LoadOptions {
  std::vector<std::string> files;
  std::string brokers, config, url, group, topic{kFramesTopic}, events;
  bool kafka = false, once = false, print_schema = false, audit = false, fail_on_gap = false;
  LoadLimits limits;
  SliceChoice slice;
};

void tell(const std::string& line) { tell_line("ebpf-load", line); }

void say_counts(const LoadCounts& counts) {
  tell(fmt::format(
      "{} frames, {} rows of events in {} batches, {} bytes; {} batches made again, {} frames and tables known already",
      counts.frames, counts.rows, counts.batches, counts.bytes, counts.again, counts.known_frames));
}

int load_files(const LoadOptions& options, const ClickHouseAddress& address, const std::stop_token& stop) {
  Loader loader(address, options.limits, tell, stop);
  std::vector<std::string> notes;
  for (const auto& files : trace::group_files(options.files, notes))
    for (const std::string& file : files) {
      loader.take_file(file);
      // One at a time: what is loaded goes before the next one is read.
      while (!stop.stop_requested()) {
        loader.work(true);
        if (loader.idle()) break;
        loader.wait(kPollMs);
      }
    }
  for (const std::string& note : notes) tell(note);
  if (stop.stop_requested()) loader.stop();
  if (loader.begun())
    tell(fmt::format("{} batches of other files were begun and not finished; load these again", loader.begun()));
  say_counts(loader.counts());
  return stop.stop_requested() && !loader.idle() ? kExitPending : kExitDone;
}

// Reads until it is stopped, or (once) has read and loaded all that was there.
int load_topic(const LoadOptions& options, const Settings& settings, const ClickHouseAddress& address,
               const std::stop_token& stop) {
  Loader loader(address, options.limits, tell, stop);
  Consumer consumer(settings, options.brokers, options.group, options.topic,
                    {[&](int32_t partition) { loader.forget(partition); }, tell});
  auto commit = [&](bool wait) {
    std::map<int32_t, int64_t> offsets;
    for (const int32_t partition : consumer.assigned())
      if (const int64_t offset = loader.offset_to_commit(partition); offset >= 0) offsets[partition] = offset;
    consumer.commit(offsets, wait);
  };
  auto next_commit = std::chrono::steady_clock::now() + kCommitEvery;
  bool done = false;
  while (!stop.stop_requested() && !done) {
    const bool at_end = options.once && consumer.at_end();
    if (!consumer.lost()) loader.work(at_end);
    if (std::chrono::steady_clock::now() >= next_commit) {
      commit(false);
      next_commit = std::chrono::steady_clock::now() + kCommitEvery;
    }
    const bool full = loader.full();
    consumer.pause(full);
    if (full) loader.wait(kFullMs);
    int wait = full ? 0 : kPollMs;
    for (int i = 0; i < kRecordsInTurn; ++i, wait = 0) {
      const KafkaMessage message = consumer.poll(wait);
      if (!message) break;
      const auto record = record_of(*message);
      if (!record) {
        tell(fmt::format("topic '{}', partition {}, offset {}: no record of ebpf-ship; it is left out", options.topic,
                         message->partition, message->offset));
        continue;
      }
      const std::span value(static_cast<const std::byte*>(message->payload), message->payload ? message->len : 0);
      if (const auto from = loader.take(*record, value, message->partition, message->offset)) {
        consumer.seek(message->partition, *from);
        break;
      }
    }
    done = at_end && consumer.at_end() && loader.idle() && loader.all_settled();
  }
  for (int waited = 0; !loader.idle() && waited < kLastWaitMs; waited += kFullMs) {
    loader.work(false);
    loader.wait(kFullMs);
    if (waited >= kLastWaitMs / 2) loader.stop();
  }
  loader.work(false);
  const bool all = loader.idle();
  commit(true);
  if (loader.begun()) tell(fmt::format("{} batches that were begun before wait for their frames", loader.begun()));
  say_counts(loader.counts());
  return all ? kExitDone : kExitPending;
}

int print_schema(const ClickHouseAddress& address) {
  std::printf("CREATE DATABASE IF NOT EXISTS %s;\n", address.database.c_str());
  for (const TableShape& table : table_shapes()) {
    std::printf("\n-- %s\n%s;\n", table.doc.c_str(), create_table(table, address.database, address.replicated).c_str());
    for (const NativeColumnShape& column : table.columns)
      if (!column.doc.empty()) std::printf("-- %s: %s\n", column.name.c_str(), column.doc.c_str());
    for (const ComputedColumn& column : table.computed)
      std::printf("-- %s: %s\n", column.name.c_str(), column.doc.c_str());
  }
  return kExitDone;
}

Audit audit_of_events(const LoadOptions& options, const Settings& settings) {
  EventAudit audit;
  uint64_t others = 0;
  read_topic(settings, options.brokers, options.events, [&](const rd_kafka_message_t& message) {
    if (const auto record = record_of(message))
      audit.add(*record, {static_cast<const char*>(message.payload), message.payload ? message.len : 0});
    else
      ++others;
  });
  if (others)
    tell(fmt::format("topic '{}': {} records are none of ebpf-ship; they are left out", options.events, others));
  return audit.finish();
}

int print_audit(const Audit& found, bool fail_on_gap) {
  std::fputs(audit_text(found, ebpftrace::predicate::output_width() != 0).c_str(), stdout);
  return fail_on_gap && !found.gaps.empty() ? kExitGap : kExitDone;
}

int run(int argc, char** argv) {
  CLI::App app("Loads what ebpf-ship sent to Kafka, or trace files, into ClickHouse: every event once.");
  app.footer(kFooter);
  LoadOptions options;
  const char* const folder = std::getenv("TMPDIR");
  options.limits.scratch = folder && *folder ? folder : "/tmp";
  app.add_option("FILE", options.files, "Traces, or quoted patterns, instead of Kafka")->option_text("...");
  app.add_flag("--kafka", options.kafka, "Load what comes through Kafka");
  app.add_option("--brokers", options.brokers, "Where Kafka is; or bootstrap.servers in the configuration")
      ->option_text("HOST:PORT,...");
  app.add_option("--group", options.group, "Loaders of one group share the partitions")->option_text("NAME=ebpf-load");
  app.add_option("--topic", options.topic, "Where the frames are")->option_text("TOPIC=ebpf.frames");
  app.add_option("--config", options.config,
                 "Settings of librdkafka, and clickhouse.*; passwords are there and nowhere else")
      ->option_text("FILE");
  app.add_option("--clickhouse", options.url,
                 "ClickHouse's HTTP interface; or clickhouse.url, clickhouse.shard.N in the configuration")
      ->option_text("URL");
  app.add_option("--scratch", options.limits.scratch, "Where parts lie while they come in")->option_text("FOLDER");
  app.add_option("--batch-rows", options.limits.batch_rows, "Rows of an insert, about")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N=500000");
  app.add_option("--batch-ms", options.limits.batch_ms, "From one batch of a partition to the next, at most")
      ->check(CLI::Range(1, 60'000))
      ->option_text("MS=1000");
  app.add_option("--inserters", options.limits.inserters, "Inserts at a time")
      ->check(CLI::Range(1, 64))
      ->option_text("N=2");
  app.add_flag("--once", options.once, "With --kafka: end when all that is there is loaded");
  app.add_flag("--print-schema", options.print_schema, "Print the tables as ClickHouse makes them");
  app.add_flag("--audit", options.audit, "Print the account of every recording, and each gap");
  app.add_option("--events", options.events,
                 "With --audit: of that topic of events (ebpf-ship --events), not of tables")
      ->option_text("TOPIC");
  app.add_flag("--fail-on-gap", options.fail_on_gap, "With --audit: exit with 5 if there is a gap");
  app.add_option("--slice", options.slice.host,
                 "Bring a moment of a host back as a trace: its label, or the front of its id")
      ->option_text("HOST");
  app.add_option("--recording", options.slice.recording, "With --slice: of this recording")->option_text("ID");
  app.add_option("--from", options.slice.from, "With --slice: what began then or later, such as 2026-11-21T14:03:10Z")
      ->option_text("MOMENT");
  app.add_option("--to", options.slice.to, "With --slice: what began before")->option_text("MOMENT");
  app.add_option("--filter", options.slice.filter, "With --slice: only what this is true of")->option_text("EXPR");
  app.add_option("-o", options.slice.output, "With --slice: the trace that is made")->option_text("OUT.trace");
  app.set_version_flag("-V,--version", "ebpf-load " EBPFTRACE_VERSION, "Print the version");
  app.get_option("--help")->description("Print this help");
  add_completion(app, "ebpf-load");
  try {
    app.parse(argc, argv);
    const bool slice = !options.slice.host.empty();
    if (!options.files.empty() + options.kafka + options.print_schema + options.audit + slice != 1)
      throw CLI::ValidationError("one of these is wanted: FILE..., --kafka, --audit, --slice HOST, --print-schema");
    if (slice && options.slice.output.empty())
      throw CLI::ValidationError("--slice", "needs -o OUT.trace: the trace that is made");
    if (options.fail_on_gap && !options.audit) throw CLI::ValidationError("--fail-on-gap", "goes with --audit");
    if (!options.events.empty() && !options.audit) throw CLI::ValidationError("--events", "goes with --audit");
    if (options.once && !options.kafka) throw CLI::ValidationError("--once", "goes with --kafka");
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", ebpftrace::predicate::wrapped(app.help(), ebpftrace::predicate::output_width()));
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "ebpf-load: %s\nTry 'ebpf-load --help'.\n", error.what());
    return kExitUsage;
  }
  Settings settings;
  if (!options.config.empty()) settings = read_settings(options.config);
  if (tells_secrets(settings))
    tell(fmt::format("'{}' holds passwords and anybody may read it; chmod 600", options.config));
  if (options.print_schema)
    return print_schema(clickhouse_address(
        settings, options.url.empty() && !settings.has("clickhouse.url") && !settings.has("clickhouse.shard.1")
                      ? "http://localhost:8123"
                      : options.url));
  if (!options.events.empty()) {
    need_brokers(settings, options.brokers);
    return print_audit(audit_of_events(options, settings), options.fail_on_gap);
  }
  const ClickHouseAddress address = clickhouse_address(settings, options.url);
  if (options.audit) {
    ClickHouse clickhouse(address);
    return print_audit(audit(clickhouse), options.fail_on_gap);
  }
  if (!options.slice.host.empty()) {
    ClickHouse clickhouse(address);
    write_slice_of(clickhouse, options.slice, tell);
    return kExitDone;
  }
  if (options.kafka) {
    need_brokers(settings, options.brokers);
    Consumer::check(settings, options.brokers, options.group);  // before ClickHouse is waited for
  }
  const StopSignals signals;
  return options.kafka ? load_topic(options, settings, address, signals.token())
                       : load_files(options, address, signals.token());
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  int status = kExitUsage;
  std::string message;
  try {
    return run(argc, argv);
  } catch (const ClickHouseError& error) {
    status = kExitClickHouse;
    message = error.what();
  } catch (const trace::TraceError& error) {
    status = error.kind == trace::TraceError::Kind::kUnreadable ? kExitUsage : kExitNotATrace;
    message = error.kind == trace::TraceError::Kind::kUnreadable ? error.what()
                                                                 : fmt::format("{}: {}", error.file, error.what());
  } catch (const std::exception& error) {  // SettingsError, analyzer::AskError, std::system_error: one line each
    message = error.what();
  }
  tell(message);
  return status;
}
