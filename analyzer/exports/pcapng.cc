// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/pcapng.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/rule_texts.h"
#include "analyzer/exports/export.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/wall_clock.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kPiece = 1 << 16;
constexpr size_t kMostPacketBytes =
    262'144;  // readers refuse a file with a longer one (wireshark's WTAP_MAX_PACKET_SIZE_STANDARD)
enum BlockType : uint32_t { kSection = 0x0a0d0d0a, kInterface = 1, kPacket = 6 };
enum Option : uint16_t { kEnd = 0, kComment = 1, kUserApplication = 4, kName = 2, kTimeResolution = 9 };
constexpr uint16_t kEthernet = 1;

class PcapngBlock {
 public:
  template <typename Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void padded(std::string_view text) {
    bytes_ += text;
    bytes_.append((4 - bytes_.size() % 4) % 4, '\0');
  }
  void option(Option code, std::string_view value) {
    number<uint16_t>(code);
    number(static_cast<uint16_t>(value.size()));
    padded(value);
  }
  void append_to(std::string& out, BlockType type) {
    number<uint32_t>(kEnd);
    const auto length = static_cast<uint32_t>(bytes_.size() + 12);
    auto put = [&](uint32_t value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
    put(type);
    put(length);
    out += bytes_;
    put(length);
  }

 private:
  std::string bytes_;
};

// Texts of options are UTF-8, and are shown on terminals.
std::string harmless(std::string_view text) {
  std::string out;
  append_terminal(out, text);
  return out;
}

}  // namespace

Coverage write_pcapng(const trace::Trace& trace, const Write& write) { return write_pcapng(Session(trace), {}, write); }

Coverage write_pcapng(const Session& session, const Choice& choice, const Write& write) {
  const trace::Trace& trace = session.trace();
  const trace::ReadScope scope;
  const InterfaceNames interfaces(trace);
  const WallClock clock(trace);
  const RuleTexts rules(trace);
  std::string out;
  PcapngBlock section;
  section.number<uint32_t>(0x1a2b3c4d);
  section.number<uint16_t>(1);
  section.number<uint16_t>(0);
  section.number<int64_t>(-1);
  section.option(kUserApplication, "ebpf-analyze");
  section.append_to(out, kSection);
  const size_t count = std::max<size_t>(1, interfaces.size());
  for (size_t i = 0; i < count; ++i) {
    PcapngBlock interface;
    interface.number<uint16_t>(kEthernet);
    interface.number<uint16_t>(0);
    interface.number<uint32_t>(0);  // no limit
    interface.option(kName, harmless(interfaces.name(i)));
    interface.option(kTimeResolution, std::string_view("\x09", 1));
    interface.append_to(out, kInterface);
  }
  enum { kTime, kLength, kInterfaceNumber, kRule, kVerdict, kOutcome, kData };
  Sieve sieve(session, choice, std::make_shared<trace::FramePayload>());
  trace::Block block(trace, "packet", {"timeNs", "length", "interface", "rule", "verdict", "outcome", "data"});
  const trace::ValueNames &verdicts = trace.catalogue().values_of("packet", "verdict"),
                          &outcomes = trace.catalogue().values_of("packet", "outcome");
  for (const uint32_t position : trace.blocks_of("packet")) {
    if (!sieve.load(trace.frames()[position]) || !block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      sieve.selected(block.tile_start() / predicate::kTileRows).for_each([&](size_t i) {
        auto value = [&](unsigned column) { return block.column(column)[i]; };
        const std::string_view data = block.text(value(kData)).bytes.substr(0, kMostPacketBytes);
        const auto real = static_cast<uint64_t>(clock.real_ns(value(kTime)));
        PcapngBlock packet;
        packet.number(static_cast<uint32_t>(std::min<uint64_t>(value(kInterfaceNumber), count - 1)));
        packet.number(static_cast<uint32_t>(real >> 32));
        packet.number(static_cast<uint32_t>(real));
        packet.number(static_cast<uint32_t>(data.size()));
        packet.number(static_cast<uint32_t>(std::max<uint64_t>(value(kLength), data.size())));
        packet.padded(data);
        std::string comment = fmt::format("verdict: {}", verdicts.text(value(kVerdict)));
        if (const std::string_view rule = rules.text(value(kRule)); !rule.empty())
          comment += "; rule: " + harmless(rule);
        if (value(kOutcome)) comment += fmt::format("; parse: {}", outcomes.text(value(kOutcome)));
        packet.option(kComment, comment);
        packet.append_to(out, kPacket);
        if (out.size() > kPiece) {
          write(out);
          out.clear();
        }
      });
  }
  write(out);
  return coverage_of(trace, scope);
}

extern constinit const Export kPcapngExport{
    .name = "pcapng",
    .help = "the recorded packets (ebpf-record --packets)",
    .place = 60,
    .form = Export::Form::kBinary,
    .write = [](const Session& session, const Asked& asked, ExportOutput& output) {
      const Choice choice =
          choose(*session.relation("packets"), asked.filter, Moments(session.trace()).range(asked.from, asked.to));
      write_pcapng(session, choice, [&](std::string_view piece) { output.write(piece); });
    }};

}  // namespace ebpftrace::analyzer
