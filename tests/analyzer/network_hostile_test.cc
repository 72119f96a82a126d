// SPDX-License-Identifier: Apache-2.0
// Network rows that are damaged or lie: every question is asked, nothing crashes or grows without bound, and texts do no harm
// where they go.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <set>
#include <sstream>

#include "analyzer/exports/pcapng.h"
#include "analyzer/tables/event_json.h"
#include "recorder/event_columns.h"
#include "tests/analyzer/forgery.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kText[] =
    "10us web:700 read fd=7 10 file=socket:[7] type=socket local=192.0.2.9:80 remote=192.0.2.1:4000\n"
    "row 1s interface interface=0 name=eth0 mode=1 state=1\n"
    "row 1s rule rule=1 text=\"drop tcp port 80\"\n"
    "row 1s flow first_ns=1ms packets=3 bytes=300 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:80 "
    "rule=\"drop tcp port 80\"\n"
    "row 1s flow first_ns=2ms packets=1 bytes=60 protocol=17 source=[2001:db8::1]:53 destination=[2001:db8::2]:53 "
    "vlan=5\n"
    "row 1s packet data=\"abcdefghijkl\\x08\\x00xyz\" length=60 verdict=1 rule=1 cpu=1\n"
    "row 2s security what=3 severity=2 verdict=1 protocol=6 source=192.0.2.1:4000 destination=192.0.2.9:80 rule=\"drop "
    "tcp port 80\"\n"
    "row 2s traffic what=1 key=6 packets=3 bytes=300 cpu=1\n"
    "row 2s traffic what=4 key=80 packets=3 bytes=300 cpu=1\n";

const std::vector<uint16_t> kTypes = {EVENT_INTERFACE, EVENT_FLOW,    EVENT_PACKET,
                                      EVENT_SECURITY,  EVENT_TRAFFIC, EVENT_RULE};

std::multiset<std::string> lines(const std::string& text) {
  std::multiset<std::string> set;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) set.insert(line);
  return set;
}

size_t first_block_at(const trace::Trace& trace) {
  for (const trace::Frame& frame : trace.frames())
    if (frame.is(trace::FrameKind::kBlock)) return frame.offset;
  return 0;
}

// Every frame of the small trace that is about the network is read by these.
std::string answers_of(const trace::Trace& trace) {
  std::string out = csv(network(trace)) + csv(security(trace)) + csv(summarise(trace)) + event_lines(trace);
  write_pcapng(trace, [&](std::string_view piece) { out += piece; });
  return out;
}

using HostileNetwork = BoundedMemory;

TEST_F(HostileNetwork, EveryTruncationIsReportedAndInventsNothing) {
  const auto whole = script_bytes("small header\n" + std::string(kText));
  const auto all = lines(event_lines(trace_of(whole)));
  for (size_t size = first_block_at(trace_of(whole)); size < whole.size(); ++size) {
    const trace::Trace trace = trace_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    answers_of(trace);
    EXPECT_FALSE(trace.complete()) << size;
    const auto some = lines(event_lines(trace));
    EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end())) << size;
  }
}

TEST_F(HostileNetwork, EverySingleBitFlipIsReportedOrChangesNothing) {
  const auto whole = script_bytes("small header\n" + std::string(kText));
  const std::string expected = answers_of(trace_of(whole));
  for (size_t bit = first_block_at(trace_of(whole)) * 8; bit < whole.size() * 8;
       bit += 7) {  // seven is no divisor of eight
    auto bytes = whole;
    bytes[bit / 8] ^= std::byte(1 << bit % 8);
    const trace::Trace trace = trace_of(std::move(bytes));
    const std::string answers = answers_of(trace);
    EXPECT_TRUE(!trace.complete() || answers == expected) << "bit " << bit;
  }
}

TEST_F(HostileNetwork, ChangedMessagesWithRightChecksums) {
  ask_after_changes(script_bytes("small header\n" + std::string(kText)), 60);
}

TEST_F(HostileNetwork, NumbersAtTheirLimits) {
  for (const uint64_t base : {uint64_t{0}, uint64_t{1}, uint64_t{7}, uint64_t{255}, uint64_t{513}, uint64_t{65535},
                              uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX}) {
    Forgery forgery;
    for (const uint16_t id : kTypes)
      forgery.add_block(id, 3, [&](auto block) {
        for (const EventType& type : event_catalogue())
          for (unsigned i = 0; type.id == id && i < type.columns.size(); ++i)
            block.getColumns()[i].setBase(type.columns[i].is_text() ? 0 : base);
      });
    const trace::Trace trace = trace_of(forgery.bytes());
    EXPECT_NE(every_answer(trace), "");
  }
}

TEST_F(HostileNetwork, EnumsOutOfRange) {
  for (const char* value : {"7", "10", "20", "99", "255"})
    EXPECT_NE(
        every_answer(small_script(
            std::string("row 1s interface name=e state=") + value + " mode=" + value +
            "\nrow 1s flow source=10.0.0.1:1 destination=10.0.0.2:2 state=" + value + " verdict=" + value +
            " protocol=" + value + "\nrow 1s packet outcome=" + value + " verdict=" + value +
            "\nrow 1s security what=" + value + " severity=" + value + " verdict=" + value + " protocol=" + value +
            " source=10.0.0.1:1 destination=10.0.0.2:2\nrow 1s traffic what=" + value + " key=" + value + "\n")),
        "");
}

// Rows of each network type with these values in all their columns.
void add_rows(Forgery& forgery, uint64_t value) {
  for (const uint16_t id : kTypes)
    forgery.add_block(id, 3, [&](auto block) {
      for (const EventType& type : event_catalogue())
        for (unsigned i = 0; type.id == id && i < type.columns.size(); ++i)
          block.getColumns()[i].setBase(type.columns[i].is_text() ? 0 : value);
    });
}

TEST_F(HostileNetwork, NamesAreTheTracesOwn) {
  trace::CatalogueParts parts = trace::catalogue_parts();
  for (ValueSet& set : parts.values) {
    if (set.name == "verdict") set.values.push_back({3, "delayed", ""});  // by a later recorder
    if (set.name == "severity") set.values = {{3, "\x1b[31malert", ""}};  // nothing for a terminal
    if (set.name == "finding_what") set.is_flags = true;
    if (set.name == "parse_outcome") set.values.clear();
  }
  Forgery forgery(parts);
  add_rows(forgery, 3);
  const trace::Trace trace = trace_of(forgery.bytes());
  EXPECT_EQ(csv(security(trace), {"severity", "event", "verdict", "parse"}).substr(0, 55),
            "severity,event,verdict,parse\n3,block|unblock,delayed,3\n");
  EXPECT_NE(event_lines(trace).find("what=block|unblock, severity=3, verdict=delayed"), std::string::npos);
  EXPECT_EQ(every_answer(trace).find('\x1b'), std::string::npos);
}

TEST_F(HostileNetwork, ColumnsThatNameSetsThatAreNotThere) {
  trace::CatalogueParts parts = trace::catalogue_parts();
  for (EventType& type : parts.events)
    for (ColumnType& column : type.columns)
      if (!column.values.empty()) column.values = column.bits == 8 ? "not there" : std::string(1 << 16, 'x');
  Forgery forgery(parts);
  add_rows(forgery, 1);
  EXPECT_EQ(csv(security(trace_of(forgery.bytes())), {"severity", "event", "verdict"}).substr(0, 29),
            "severity,event,verdict\n1,1,1\n");
}

// As much of everything as a catalogue may have, and one more.
TEST_F(HostileNetwork, SetsOfValuesWithoutEnd) {
  trace::CatalogueParts parts = trace::catalogue_parts();
  ValueSet large{"verdict", true, {}};
  for (uint64_t i = 0; i < 4096; ++i)
    large.values.push_back({uint64_t{1} << i % 64, std::string(64, 'a'), std::string(3000, 'd')});
  parts.values = {large};
  Forgery forgery(parts);
  add_rows(forgery, UINT64_MAX);
  EXPECT_NE(every_answer(trace_of(forgery.bytes())), "");

  parts.values[0].values.push_back({1, "one", ""});
  Forgery more(parts);
  add_rows(more, 1);
  EXPECT_TRUE(reports(more, "the catalogue is damaged; the built-in one is used"));
  EXPECT_EQ(csv(security(trace_of(more.bytes())), {"severity"}).substr(0, 14), "severity\ninfo\n");
}

// A flow needs two addresses; of others nothing is made up.
TEST_F(HostileNetwork, AddressesOfAnyLengthAndFamily) {
  for (unsigned family : {0u, 1u, 2u, 10u, 65535u})
    for (size_t length = 0; length <= 40; ++length) {
      std::string bytes(length, 'a');
      if (length > 0) bytes[0] = static_cast<char>(family);
      if (length > 1) bytes[1] = static_cast<char>(family >> 8);
      std::string address = "\"raw:";
      for (const char c : bytes) {
        char hex[5];
        std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
        address += hex;
      }
      address += '"';
      const trace::Trace trace = small_script(
          "row 1s flow packets=1 source=" + address +
          " destination=10.0.0.2:2\n1us web:700 read fd=7 10 file=socket:[7] type=socket local=" + address +
          " remote=" + address + "\nrow 1s security source=" + address + "\n");
      const bool whole = (family == AF_INET && length >= 8) || (family == AF_INET6 && length >= 24);
      EXPECT_EQ(network(trace).rows(), whole ? 2u : 0u) << family << " " << length;
      EXPECT_EQ(cell(security(trace), 0, "source") == Cell(), !whole) << family << " " << length;
      EXPECT_NE(event_lines(trace), "");
    }
}

bool harmless(const std::string& text, bool may_reorder = false) {
  for (const char* bad : {"\x1b", "\x07", "\x9b", "\xff"})
    if (text.find(bad) != std::string::npos) return false;
  return may_reorder || text.find("\xe2\x80\xae") == std::string::npos;
}

TEST_F(HostileNetwork, TextsDoNoHarmWhereTheyGo) {
  const std::string nasty = "\"=cmd|'/c calc'!A1\\x1b]0;owned\\x07\\x9b31m\\xff\\xe2\\x80\\xae,\\\"x\"";
  const trace::Trace trace =
      small_script("1us " + nasty + ":700 read fd=7 10 file=socket:[7] type=socket local=10.0.0.2:2\n" +
                   "row 1s interface interface=0 name=" + nasty + "\nrow 1s rule rule=1 text=" + nasty +
                   "\nrow 1s flow packets=1 source=10.0.0.1:1 destination=10.0.0.2:2 protocol=6 rule=" + nasty +
                   "\nrow 1s packet rule=1 data=" + nasty +
                   "\nrow 1s security protocol=6 source=10.0.0.1:1 destination=10.0.0.2:2 rule=" + nasty + "\n");
  const Result flows = network(trace);
  const Result findings = security(trace);
  ASSERT_EQ(std::get<std::string>(cell(findings, 0, "process")).substr(0, 4), "=cmd");
  ASSERT_EQ(std::get<std::string>(cell(flows, flows.rows() - 1, "interface")).substr(0, 4), "=cmd");
  for (const std::string& csv : {csv(flows), csv(findings)}) {
    EXPECT_TRUE(harmless(csv, true)) << csv;
    EXPECT_NE(csv.find("\"'=cmd"), std::string::npos) << csv;
    EXPECT_EQ(csv.find(",=cmd"), std::string::npos) << csv;
    EXPECT_EQ(csv.find("\"=cmd"), std::string::npos) << csv;
  }
  EXPECT_TRUE(harmless(json(flows) + json(findings)));
  for (const Result& result : {flows, findings})
    for (const size_t width : {size_t{0}, size_t{40}, size_t{120}}) {
      const std::string out = text(result, width);
      std::string without_ellipsis;
      for (size_t i = 0; i < out.size(); ++i) {
        if (out.compare(i, 3, "…") == 0)
          i += 2;
        else
          without_ellipsis += out[i];
      }
      EXPECT_TRUE(harmless(without_ellipsis)) << out;
    }
  EventJson line;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    std::string out;
    append_event_line(out, event);
    line.append(out, event);
    EXPECT_TRUE(harmless(out)) << out;
    return true;
  });
}

// ---- more than anyone records ----

// One after the other from 1 on.
void count_up(schema::Column::Builder column, uint32_t rows) {
  set(column, schema::Encoding::DELTA, 1, rows, 0);
  for (uint32_t i = 0; i < rows; ++i) column.getData()[i] = 2;
}
void all_different_addresses(schema::Block::Builder block, uint32_t count) {
  block.initStrings().setCount(count);
  block.getStrings().initLength().setBase(sizeof(sockaddr_in));
  auto bytes = block.getStrings().initBytes(count * static_cast<unsigned>(sizeof(sockaddr_in)));
  for (uint32_t i = 0; i < count; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = 0x5000;
    address.sin_addr.s_addr = i * 2654435761u;
    std::memcpy(&bytes[i * sizeof address], &address, sizeof address);
  }
}
size_t csv_bytes(const Result& result) {
  size_t size = 0;
  write_csv(result, [&](std::string_view piece) { size += piece.size(); });
  return size;
}
bool says(const Result& result, std::string_view what) {
  for (const std::string& shortfall : result.shortfalls)
    if (shortfall.find(what) != std::string::npos) return true;
  return false;
}

TEST_F(HostileNetwork, AMillionRowsWithOneLongText) {
  constexpr unsigned kLong = 1u << 20;
  Forgery forgery;
  for (const auto& [id, column] : {std::pair<uint16_t, unsigned>(EVENT_SECURITY, security_columns::rule),
                                   {EVENT_RULE, rule_columns::text},
                                   {EVENT_INTERFACE, interface_columns::name},
                                   {EVENT_FLOW, flow_columns::rule}})
    forgery.add_block(id, trace::kMaxRows, [&, id = id, column = column](auto block) {
      block.getColumns()[column].setBase(1);
      block.initStrings().setCount(1);
      block.getStrings().initLength().setBase(kLong);
      for (auto& byte : block.getStrings().initBytes(kLong)) byte = 'x';
      if (id == EVENT_RULE) count_up(block.getColumns()[rule_columns::rule], trace::kMaxRows);
      if (id == EVENT_INTERFACE) count_up(block.getColumns()[interface_columns::interface], trace::kMaxRows);
    });
  forgery.add_block(EVENT_PACKET, 1000, [&](auto block) { block.getColumns()[packet_columns::rule].setBase(1); });
  const trace::Trace trace = trace_of(forgery.bytes());
  {
    const Result findings = security(trace);
    EXPECT_GT(csv_bytes(findings), 100u << 20);
    EXPECT_TRUE(says(findings, "more findings are recorded than this program lists"));
  }
  csv_bytes(network(trace));
  size_t exported = 0;
  write_pcapng(trace, [&](std::string_view piece) { exported += piece.size(); });
  EXPECT_LT(exported, 2u << 20);
}

std::vector<std::byte> half_a_million_of_each() {
  constexpr uint32_t kMany = 500'000;
  Forgery forgery;
  forgery.add_block(EVENT_THREAD, kMany, [&](auto block) {
    for (const unsigned column :
         {thread_columns::thread, thread_columns::tid, thread_columns::tgid, thread_columns::process_start_ns})
      count_up(block.getColumns()[column], kMany);
    set(block.getColumns()[thread_columns::ppid], schema::Encoding::DELTA, 1, kMany,
        UINT64_MAX);  // each is the next one's parent
    for (uint32_t i = 0; i < kMany; ++i) block.getColumns()[thread_columns::ppid].getData()[i] = 2;
  });
  forgery.add_block(EVENT_FILE, kMany, [&](auto block) {
    for (const unsigned column : {file_columns::file, file_columns::local}) count_up(block.getColumns()[column], kMany);
    block.getColumns()[file_columns::protocol].setBase(IPPROTO_TCP);
    all_different_addresses(block, kMany);
  });
  forgery.add_block(EVENT_SYSCALL, kMany, [&](auto block) {
    for (const unsigned column : {syscall_columns::thread, syscall_columns::file})
      count_up(block.getColumns()[column], kMany);
  });
  forgery.add_block(EVENT_FLOW, kMany, [&](auto block) {
    for (const unsigned column : {flow_columns::source, flow_columns::destination})
      count_up(block.getColumns()[column], kMany);
    block.getColumns()[flow_columns::protocol].setBase(IPPROTO_TCP);
    all_different_addresses(block, kMany);
  });
  forgery.add_block(EVENT_SECURITY, kMany, [&](auto block) {
    for (const unsigned column : {security_columns::source, security_columns::destination})
      count_up(block.getColumns()[column], kMany);
    block.getColumns()[security_columns::protocol].setBase(IPPROTO_TCP);
    all_different_addresses(block, kMany);
  });
  return forgery.bytes();
}

TEST_F(HostileNetwork, MoreFlowsSocketsAndProcessesThanAreKept) {
  const trace::Trace trace = trace_of(half_a_million_of_each());
  {
    const Result flows = network(trace);
    EXPECT_NE(cell(flows, flows.rows() - 1, "pid"), Cell());
    EXPECT_GT(csv_bytes(flows), 10u << 20);
    EXPECT_TRUE(says(flows, "more flows are recorded than this program keeps"));
    EXPECT_TRUE(says(flows, "more sockets are described than this program keeps"));
    // No fault of the file's.
    for (const FileDamage& damage : flows.damage) EXPECT_EQ(damage.what.find("than this program"), std::string::npos);
  }
  {
    const Result findings = security(trace);
    EXPECT_TRUE(cell(findings, 100, "pid") != Cell());
    EXPECT_NE(std::get<std::string>(cell(findings, 100, "ancestry")).find(" > "), std::string::npos);
    csv_bytes(findings);
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
