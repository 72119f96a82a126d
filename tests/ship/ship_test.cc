// SPDX-License-Identifier: Apache-2.0
// The parts of ebpf-ship and ebpf-load that need no server.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "ship/kafka/client.h"
#include "ship/kafka/record.h"
#include "ship/load/audit.h"
#include "ship/load/loaded_part.h"
#include "ship/load/native_block.h"
#include "ship/load/row_maker.h"
#include "ship/load/tables.h"
#include "ship/send/confine.h"
#include "ship/send/event_source.h"
#include "ship/send/part_reader.h"
#include "ship/send/position_file.h"
#include "ship/send/spool.h"
#include "tests/script.h"

namespace ebpftrace::ship {
namespace {

class ShipTest : public ::testing::Test {
 protected:
  ShipTest() {
    std::string name = ::testing::TempDir() + "/ship-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~ShipTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::span<const std::byte> bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ + "/" + name;
  }
  std::string write(const std::string& name, const std::string& text) const {
    return write(name, std::as_bytes(std::span(text)));
  }

  std::string folder_;
};

const std::string kScript =
    "small header\n"
    "10us cat read fd=3 count=4096 4096 file=/etc/passwd dur=3us\n"
    "20us dd write fd=1 count=65536 -EPIPE\n"
    "flush\n"
    "30us cat openat filename=\"a b\" 3 file=/home/a\n"
    "40us cat exit 1\n";

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST_F(ShipTest, SettingsAreNamedWithoutTheirValues) {
  const std::string path = write("c", "# comment\n\nbootstrap.servers = a:1 \nsasl.password=hush hush\n");
  const Settings settings = read_settings(path);
  EXPECT_EQ(settings.get("bootstrap.servers"), "a:1");
  EXPECT_EQ(settings.get("sasl.password"), "hush hush");
  EXPECT_TRUE(tells_secrets(settings));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  EXPECT_FALSE(tells_secrets(settings));
  EXPECT_NE(error_of([&] { read_settings(write("d", "a=1\na=2\n")); }).find("'a' is set twice"), std::string::npos);
  EXPECT_NE(error_of([&] { read_settings(write("e", "hush\n")); }).find(":1: a line is"), std::string::npos);
  const Settings bad{"f", {{"security.protocol", "hush"}}};
  const std::string error = error_of([&] { make_conf(bad, {}, {}); });
  EXPECT_NE(error.find("'security.protocol=hush'; it takes plaintext, ssl"), std::string::npos) << error;
  const Settings secret{
      "f", {{"sasl.oauthbearer.config", "hush"}, {"ssl.key.password", "hush"}, {"no.such.secret", "hush"}}};
  EXPECT_EQ(error_of([&] { make_conf(secret, {}, {}); }).find("hush"), std::string::npos);
  const Settings mistyped{"f", {{"sasl.pasword", "hush"}}};
  EXPECT_NE(error_of([&] { make_conf(mistyped, {}, {}); }).find("'sasl.pasword'; did you mean 'sasl.password'?"),
            std::string::npos);
  const Settings fixed{"f", {{"acks", "1"}}};
  EXPECT_NE(error_of([&] {
              make_conf(fixed, {}, {{"acks", "all"}});
            }).find("'acks=1': it is always all here"),
            std::string::npos);
  EXPECT_TRUE(is_secret("clickhouse.password") && is_secret("ssl.key.pem") && !is_secret("ssl.key.location"));
}

TEST_F(ShipTest, TheCommandLineIsOverTheFile) {
  const Settings settings{"f", {{"bootstrap.servers", "file:1"}, {"client.id", "file"}, {"acks", "all"}}};
  const KafkaConf conf = make_conf(settings, {{"client.id", "ours"}, {"linger.ms", "7"}}, {{"acks", "all"}},
                                   {{"bootstrap.servers", "line:1"}});
  auto value = [&](const char* name) {
    char text[64];
    size_t size = sizeof text;
    return rd_kafka_conf_get(conf.get(), name, text, &size) == RD_KAFKA_CONF_OK ? std::string(text) : "?";
  };
  EXPECT_EQ(value("bootstrap.servers"), "line:1");
  EXPECT_EQ(value("client.id"), "file");
  EXPECT_EQ(value("linger.ms"), "7");
}

TEST_F(ShipTest, DroppedRowsAsText) {
  DroppedRows dropped;
  dropped.to_part = 7;
  dropped.frames = 12;
  dropped.until_ns = 1'700'000'000'000'000'000;
  dropped.by_type[1] = {100, 3};
  dropped.by_type[8] = {5, 0};
  EXPECT_EQ(dropped_of(text_of(dropped)), dropped);
  EXPECT_EQ(dropped.recorded(), 105u);
  EXPECT_EQ(dropped_of("rows 1 2 3\n"), std::nullopt);
  EXPECT_EQ(dropped_of("to_part x\n"), std::nullopt);
  EXPECT_EQ(dropped_of("to_part 1\nrows 1 2\n"), std::nullopt);
  EXPECT_EQ(dropped_of("to_part 1\nlater words\n")->to_part, 1u);
}

TEST_F(ShipTest, ToldFramesAsText) {
  ToldFrames told;
  told.to = 4711;
  told.too_large = 1;
  told.rows[1] = 100;
  told.sums[1] = {100, 3};
  told.final = true;
  EXPECT_EQ(told_of(text_of(told)), told);
  EXPECT_EQ(told_of("rows 1 2\n"), std::nullopt);
  EXPECT_EQ(told_of("to 1\nrows 1\n"), std::nullopt);
  EXPECT_EQ(told_of("to 1\nlater words\n")->to, 1u);
}

TEST_F(ShipTest, IdsAsText) {
  trace::Id id{};
  id[0] = std::byte{0xab};
  EXPECT_EQ(hex(id), "ab000000000000000000000000000000");
  EXPECT_EQ(id_of_hex(hex(id)), id);
  EXPECT_EQ(id_of_hex("zz000000000000000000000000000000"), std::nullopt);
  EXPECT_EQ(id_of_hex("ab"), std::nullopt);
}

TEST_F(ShipTest, PositionsOutliveTheirFile) {
  const std::string path = folder_ + "/p";
  ShippedPositions positions;
  ShippedPosition& at = positions.by_recording[trace::Id{}];
  at.part = 3;
  at.offset = 4711;
  at.rows[1] = 10;
  at.earlier[1] = 20;
  at.earlier_lost[2] = 1;
  positions.counters.frames = 5;
  {
    PositionFile file(path);
    file.store(positions);
    EXPECT_NE(error_of([&] { PositionFile second(path); }).find("another ebpf-ship's"), std::string::npos);
  }
  EXPECT_EQ(PositionFile(path).positions(), positions);
  const std::string cut = write("q", "ebpf-ship positions 1\ncounters 1 2 3 4 5 6\n");
  EXPECT_NE(error_of([&] { PositionFile file(cut); }).find("no position file"), std::string::npos);
}

TEST_F(ShipTest, APartThatGrowsAndShrinks) {
  const auto bytes = script_bytes(kScript);
  const trace::Trace whole = trace_of(bytes);
  const size_t frames = whole.frames().size(), half = whole.frames()[3].offset + 10;
  const std::string path = write("run.trace", std::span(bytes).first(half));
  PartReader part(path);
  EXPECT_EQ(part.frames().size(), 3u);
  EXPECT_FALSE(part.closed());
  EXPECT_FALSE(part.look());
  write("run.trace", bytes);
  EXPECT_TRUE(part.look());
  EXPECT_EQ(part.frames().size(), frames);
  EXPECT_TRUE(part.closed());
  EXPECT_EQ(part.position_of(whole.frames()[2].offset), 2u);
  // The recorder takes frames back.
  PartReader other(write("other.trace", std::span(bytes).first(whole.frames()[4].end())));
  write("other.trace", std::span(bytes).first(whole.frames()[3].end()));
  EXPECT_TRUE(other.look());
  EXPECT_EQ(other.taken_back(), 1u);
  EXPECT_EQ(other.frames().size(), 4u);
}

TEST_F(ShipTest, TheSpoolIsPartsByNumber) {
  const std::vector<std::string> parts = {"run.0001.trace", "run.0002.trace", "run.0003.trace"};
  for (const std::string& part : parts) std::filesystem::copy(SAMPLES_FOLDER "/parts/" + part, folder_ + "/" + part);
  write("notes.trace", std::string("no trace"));
  Spool spool({folder_});
  ASSERT_EQ(spool.look().size(), 3u);
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(spool.look()[i].facts.part, i + 1);
  EXPECT_EQ(spool.notes().size(), 1u);
  std::filesystem::remove(folder_ + "/" + parts[0]);
  EXPECT_EQ(spool.look().size(), 2u);
  EXPECT_TRUE(spool.notes().empty());
  EXPECT_EQ(Spool({folder_ + "/run.0002*"}).look().size(), 1u);
}

TEST_F(ShipTest, EventsAreToldUpToAStatus) {
  PartReader part(write("run.trace", script_bytes(kScript)));
  std::vector<std::string> lines;
  const Stretch all = next_stretch(part, 0, true);
  for_each_event_line(part, all, "", [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(lines.size(), 4u);
  lines.clear();
  for_each_event_line(part, all, "failed", [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("\"write\""), std::string::npos);
  const Stretch open = next_stretch(part, 0, false);
  EXPECT_TRUE(part.frames()[open.last - 1].is(trace::FrameKind::kStatus));
}

TEST_F(ShipTest, AStretchIsTheSameWheneverItIsLookedAt) {
  size_t of_several = 0;
  for (const char* name : {"build", "losses", "killed", "network"}) {
    const std::string path = std::string(SAMPLES_FOLDER "/") + name + ".trace";
    PartReader whole(path);
    std::vector<size_t> ends;
    for (size_t i = 0; i < whole.frames().size(); ++i)
      if (whole.frames()[i].is(trace::FrameKind::kStatus)) ends.push_back(i + 1);
    if (ends.size() < 2) continue;
    ++of_several;
    // As it was when each status had just come.
    std::ifstream in(path, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(in), {});
    size_t from = 0;
    for (const size_t end : ends) {
      const PartReader front(write("front.trace", content.substr(0, whole.frames()[end - 1].end())));
      EXPECT_EQ(next_stretch(whole, from, true).last, end);
      EXPECT_EQ(next_stretch(front, from, false).last, end);
      EXPECT_TRUE(next_stretch(front, end, false).empty());
      from = end;
    }
  }
  EXPECT_GT(of_several, 0u);
}

// ---- confinement ----

// What this process could do, as bits, when it was confined; in one of its own, as nothing leads back.
TEST_F(ShipTest, ItReadsItsSpoolAndNothingElse) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
    GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* name : {"spool", "state", "other"}) std::filesystem::create_directory(folder_ + "/" + name);
  for (const char* name : {"spool/run.trace", "other/run.trace", "key.pem"}) write(name, std::string("x"));
  ShipChoice choice;
  choice.spool = {folder_ + "/spool"};
  choice.position = folder_ + "/state/position";
  const Settings settings{"f", {{"ssl.key.location", folder_ + "/key.pem"}}};
  const pid_t child = ::fork();
  if (!child) {
    unsigned able = 0, bit = 1;
    auto can = [&](bool is) { able |= is ? bit : 0, bit <<= 1; };
    auto opens = [&](const std::string& path, int how) { return ::open(path.c_str(), how, 0600) >= 0; };
    can(confine_to_spool(choice, settings).empty());
    can(opens(folder_ + "/spool/run.trace", O_RDONLY));
    can(opens(folder_ + "/state/position", O_RDWR | O_CREAT));
    can(opens(folder_ + "/key.pem", O_RDONLY));
    can(opens(folder_ + "/other/run.trace", O_RDONLY));
    can(opens(folder_ + "/spool/run.trace", O_WRONLY));
    can(opens(folder_ + "/spool/new", O_WRONLY | O_CREAT));
    can(::unlink((folder_ + "/spool/run.trace").c_str()) == 0);
    ::_exit(static_cast<int>(able));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0b1111);
}

// ---- what is loaded ----

FrameRecord record_of_part(const trace::Trace& trace) {
  FrameRecord record;
  record.recording = *trace.facts().recording_id;
  return record;
}

// The frames in that order, as they come through Kafka.
LoadedPart loaded(const std::vector<std::byte>& bytes, const trace::Trace& trace, const std::vector<size_t>& order) {
  LoadedPart part(record_of_part(trace), PartCopy(::testing::TempDir()), 0, 0);
  for (const size_t i : order) {
    const trace::Frame frame = trace.frames()[i];
    part.add(frame.offset, std::span(bytes).subspan(frame.offset, frame.end() - frame.offset), static_cast<int64_t>(i));
  }
  return part;
}

std::vector<size_t> in_order(size_t frames) {
  std::vector<size_t> order(frames);
  for (size_t i = 0; i < frames; ++i) order[i] = i;
  return order;
}

std::string rows_of_table(LoadedPart& part, const std::string& name, uint32_t* rows = nullptr) {
  const std::vector<TableShape> tables = table_shapes();
  const TableShape& table = *find_table(tables, name);
  RowMaker maker(part, tables, part.settled_to());
  NativeBlock block(table.columns);
  uint32_t sum = 0;
  for (const ReceivedFrame& one : part.frames())
    for (const TableShape* of : RowMaker::tables_of(tables, one.frame))
      if (of->name == name) sum += maker.append(table, one, 42, block);
  if (rows) *rows = sum;
  return block.bytes();
}

TEST_F(ShipTest, FramesWaitForThoseInFrontOfThem) {
  const auto bytes = script_bytes(kScript);
  const trace::Trace trace = trace_of(bytes);
  const size_t frames = trace.frames().size();
  LoadedPart straight = loaded(bytes, trace, in_order(frames));
  EXPECT_EQ(straight.settled(), straight.frames().size() - 1);  // but the index, behind the last status
  std::vector<size_t> order = in_order(frames);
  std::swap(order[2], order[4]);
  LoadedPart swapped = loaded(bytes, trace, order);
  ASSERT_EQ(swapped.frames().size(), frames);
  for (size_t i = 0; i < frames; ++i) EXPECT_EQ(swapped.frames()[i].frame, trace.frames()[i]);
  order.erase(order.begin() + 2);
  order.insert(order.end(), order.begin(), order.begin() + 3);  // again
  LoadedPart holed = loaded(bytes, trace, order);
  EXPECT_LT(holed.frames().size(), frames);
  EXPECT_TRUE(holed.waits());
  holed.end(bytes.size() - sizeof(trace::EndMark), std::span(bytes).last(sizeof(trace::EndMark)), 99);
  EXPECT_FALSE(holed.ended());
  holed.settle();
  EXPECT_TRUE(holed.ended());
  EXPECT_FALSE(holed.waits());
}

TEST_F(ShipTest, TheSameFramesAreTheSameBlock) {
  const auto bytes = script_bytes(kScript);
  const trace::Trace trace = trace_of(bytes);
  LoadedPart one = loaded(bytes, trace, in_order(trace.frames().size()));
  std::vector<size_t> order = in_order(trace.frames().size());
  std::swap(order[2], order[3]);
  LoadedPart other = loaded(bytes, trace, order);
  uint32_t rows = 0;
  EXPECT_EQ(rows_of_table(one, "syscalls", &rows), rows_of_table(other, "syscalls"));
  EXPECT_EQ(rows, 3u);
  EXPECT_EQ(rows_of_table(one, "frames", &rows), rows_of_table(other, "frames"));
  EXPECT_EQ(rows, trace.frames().size());
}

// The columns of numbers in a Native block of so many rows, as ClickHouse reads it: a length that is wrong moves all that follows.
std::map<std::string, std::pair<std::string, std::string>> number_columns(const std::string& block, size_t rows,
                                                                          const TableShape& table) {
  std::map<std::string, std::pair<std::string, std::string>> columns;
  size_t at = 2;
  auto text = [&] {
    const auto size = static_cast<unsigned char>(block.at(at));
    at += 1 + size;
    return block.substr(at - size, size);
  };
  for (const NativeColumnShape& shape : table.columns) {
    EXPECT_EQ(text(), shape.name);
    EXPECT_EQ(text(), native_type_name(shape));
    if (shape.type == NativeType::kText) {
      uint64_t kind = 0, texts = 0;
      std::memcpy(&kind, block.data() + at + 8, sizeof kind);
      std::memcpy(&texts, block.data() + at + 16, sizeof texts);
      at += 24;
      for (; texts; --texts) text();
      at += 8 + rows * (size_t{1} << (kind & 0xff));
      continue;
    }
    const std::string type = native_type_name(shape);
    const size_t width = type.find("64") != std::string::npos                                          ? 8
                         : type.find("32") != std::string::npos || shape.type == NativeType::kDateTime ? 4
                         : type.find("16") != std::string::npos || shape.type == NativeType::kDate     ? 2
                                                                                                       : 1;
    auto& [nulls, values] = columns[shape.name];
    if (shape.nullable) nulls = block.substr(at, rows), at += rows;
    values = block.substr(at, rows * width);
    at += rows * width;
  }
  EXPECT_EQ(at, block.size());
  return columns;
}

TEST_F(ShipTest, ADurationThatWasNotMeasuredIsNull) {
  const std::vector<TableShape> tables = table_shapes();
  for (const bool timed : {true, false}) {
    const auto bytes = script_bytes(timed ? kScript : "small header\nno durations\n" + kScript.substr(13));
    const trace::Trace trace = trace_of(bytes);
    ASSERT_EQ(trace.facts().no_durations, !timed);
    LoadedPart part = loaded(bytes, trace, in_order(trace.frames().size()));
    uint32_t rows = 0;
    const std::string block = rows_of_table(part, "syscalls", &rows);
    ASSERT_EQ(rows, 3u);
    const auto columns = number_columns(block, rows, *find_table(tables, "syscalls"));
    const auto& [nulls, values] = columns.at("duration_ns");
    EXPECT_EQ(nulls, std::string(3, timed ? '\0' : '\1'));
    EXPECT_EQ(values == std::string(24, '\0'), !timed);
    EXPECT_EQ(columns.at("number").second.size(), 12u);
  }
}

TEST_F(ShipTest, WhatOtherColumnsSayIsABit) {
  const std::vector<TableShape> tables = table_shapes();
  const TableShape& calls = *find_table(tables, "syscalls");
  const auto bytes = script_bytes(kScript);
  const trace::Trace trace = trace_of(bytes);
  LoadedPart part = loaded(bytes, trace, in_order(trace.frames().size()));
  const auto columns = number_columns(rows_of_table(part, "syscalls"), 3, calls);
  auto flags_of = [&](size_t row) {
    uint32_t flags = 0;
    std::memcpy(&flags, columns.at("flags").second.data() + row * sizeof flags, sizeof flags);
    return flags;
  };
  auto at = [&](const char* name) {
    for (const StoredField& stored : calls.fields)
      if (stored.field.name == name && stored.as != StoredField::As::kColumn) return stored.at;
    ADD_FAILURE() << name << " has no bits";
    return 0u;
  };
  // A read of 4096, a write that failed, an open.
  EXPECT_EQ(flags_of(0), kBytesGiven << at("read_bytes"));
  EXPECT_EQ(flags_of(1), 1u << at("failed"));
  EXPECT_EQ(flags_of(2), 0u);
}

TEST_F(ShipTest, FramesThatAreNoneAreRefused) {
  const auto bytes = script_bytes(kScript);
  const trace::Trace trace = trace_of(bytes);
  LoadedPart part(record_of_part(trace), PartCopy(folder_), 0, 0);
  std::vector<std::byte> frame(bytes.begin() + 24,
                               bytes.begin() + static_cast<std::ptrdiff_t>(trace.frames()[0].end()));
  EXPECT_FALSE(part.add(24, std::span(frame).first(10), 0));
  EXPECT_FALSE(part.add(24, std::span(frame).first(frame.size() - 1), 0));
  frame[20] ^= std::byte{1};
  EXPECT_FALSE(part.add(24, frame, 0));
}

TEST_F(ShipTest, EveryFieldOfARelationHasAColumn) {
  const std::vector<TableShape> tables = table_shapes();
  const TableShape* calls = find_table(tables, "syscalls");
  ASSERT_NE(calls, nullptr);
  std::set<std::string> names;
  for (const NativeColumnShape& column : calls->columns) EXPECT_TRUE(names.insert(column.name).second) << column.name;
  for (const ComputedColumn& column : calls->computed) EXPECT_TRUE(names.insert(column.name).second) << column.name;
  for (const StoredField& stored : calls->fields) EXPECT_TRUE(names.contains(stored.field.name)) << stored.field.name;
  for (const char* name :
       {"host", "recording", "time_ns", "time", "boot_ns", "pid", "process", "path", "duration_ns", "result", "error",
        "failed", "cgroup", "bytes", "read_bytes", "write_bytes", "peeked_bytes", "unfinished", "is_32bit"})
    EXPECT_TRUE(names.contains(name)) << name;
  const std::string sql = create_table(*calls, "db", "/tables/{shard}/{table}");
  EXPECT_NE(sql.find("ReplicatedMergeTree('/tables/{shard}/syscalls', '{replica}')"), std::string::npos);
  EXPECT_NE(sql.find("replicated_deduplication_window = 20000"), std::string::npos);
}

// ---- --help and the manual ----

std::set<std::string> options_in(const std::string& text, const char* pattern) {
  std::set<std::string> all;
  const std::regex regex(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) all.insert((*at)[1]);
  return all;
}

TEST(ShipManual, HasTheOptionsOfHelp) {
  for (const auto& [program, page] : {std::pair(EBPF_SHIP, "ebpf-ship.1"), {EBPF_LOAD, "ebpf-load.1"}}) {
    FILE* pipe = ::popen((std::string(program) + " --help").c_str(), "r");
    std::string help;
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;) help.append(piece, got);
    EXPECT_EQ(::pclose(pipe), 0);
    std::ifstream in(std::string(MANUAL_FOLDER "/") + page);
    std::string manual(std::istreambuf_iterator<char>(in), {});
    manual = std::regex_replace(manual.substr(manual.find(".SH OPTIONS")), std::regex(R"(\\-)"), "-");
    EXPECT_EQ(options_in(help.substr(0, help.find("Examples:")), R"((?:\n  |,)(--[a-z][a-z-]*|-o))"),
              options_in(manual, R"(\n\.B[IR]? (?:-[hV] ", " )?(--?[a-zA-Z][a-z-]*))"))
        << page;
  }
}

TEST(Audit, IsATableForScriptsAndOnesForTerminals) {
  const std::string one(32, '1'), two(32, '2');
  const Audit audit{{{"web\n7", one, "syscall", 120'411'000, 16'007'000, 104'404'000, 16'007'000, 0, 0, 16'007'000},
                     {"web\n7", one, "exec", 4, 4, 0, 3, 1, 0, 3},
                     {"db-1", two, "syscall", 5, 5, 0, 5, 0, 0, 5}},
                    {"recording 2: a gap"},
                    {"a note"}};
  const std::string table = audit_text(audit, false), tables = audit_text(audit, true);
  EXPECT_NE(table.find("\nweb?7  " + one + "  exec "), std::string::npos) << table;
  EXPECT_NE(table.find("\ndb-1   " + two + "  syscall "), std::string::npos) << table;
  EXPECT_EQ(tables.find("host web?7, recording " + one + "\nTYPE "), 0u) << tables;
  EXPECT_NE(tables.find("\n\nhost db-1, recording " + two + "\nTYPE "), std::string::npos) << tables;
  for (const std::string& text : {table, tables})
    EXPECT_TRUE(text.ends_with("\nnote: a note\nGAP: recording 2: a gap\n"));
  std::istringstream lines(tables);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace ebpftrace::ship
