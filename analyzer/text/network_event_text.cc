// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/network_event_text.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "analyzer/dictionaries/network_names.h"
#include "analyzer/text/call_text.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kShownBytes = 32;  // of a packet, as of any text of unknown length
constexpr uint64_t kAllInterfaces = 0xffffffff;

enum class Form {
  kNumber,
  kUnlessZero,
  kTime,
  kTimeUnlessZero,
  kAddress,
  kPort,    // part of the address where the protocol has ports
  kValues,  // by the names of the trace
  kValuesUnlessZero,
  kInterface,
  kRule,
  kText,
  kBytes,
  kTraffic,
  kTrafficKey,
};

struct Shown {
  std::string_view column, name;
  Form form;
};

constexpr Shown kFlow[] = {{"source", "source", Form::kAddress},
                           {"destination", "destination", Form::kAddress},
                           {"protocol", "protocol", Form::kValuesUnlessZero},
                           {"sourcePort", "", Form::kPort},
                           {"destinationPort", "", Form::kPort},
                           {"interface", "interface", Form::kInterface},
                           {"vlan", "vlan", Form::kUnlessZero},
                           {"innerVlan", "inner_vlan", Form::kUnlessZero},
                           {"headers", "headers", Form::kValuesUnlessZero},
                           {"packets", "packets", Form::kNumber},
                           {"bytes", "bytes", Form::kNumber},
                           {"dropped", "dropped", Form::kNumber},
                           {"tcpFlags", "tcp_flags", Form::kValuesUnlessZero},
                           {"verdict", "verdict", Form::kValues},
                           {"rule", "rule", Form::kText},
                           {"state", "state", Form::kValues},
                           {"firstNs", "first_ns", Form::kTime},
                           {"lastNs", "last_ns", Form::kTime}};
constexpr Shown kPacket[] = {{"interface", "interface", Form::kInterface}, {"length", "length", Form::kNumber},
                             {"verdict", "verdict", Form::kValues},        {"rule", "rule", Form::kRule},
                             {"outcome", "parse", Form::kValues},          {"data", "data", Form::kBytes}};
constexpr Shown kSecurity[] = {{"what", "what", Form::kValues},
                               {"severity", "severity", Form::kValues},
                               {"verdict", "verdict", Form::kValues},
                               {"source", "source", Form::kAddress},
                               {"destination", "destination", Form::kAddress},
                               {"protocol", "protocol", Form::kValuesUnlessZero},
                               {"sourcePort", "", Form::kPort},
                               {"destinationPort", "", Form::kPort},
                               {"rule", "rule", Form::kText},
                               {"countSoFar", "count_so_far", Form::kNumber},
                               {"suppressed", "suppressed", Form::kNumber},
                               {"untilNs", "until_ns", Form::kTimeUnlessZero},
                               {"outcome", "parse", Form::kValuesUnlessZero},
                               {"interface", "interface", Form::kInterface}};
constexpr Shown kTraffic[] = {{"what", "what", Form::kTraffic},
                              {"key", "key", Form::kTrafficKey},
                              {"packets", "packets", Form::kNumber},
                              {"bytes", "bytes", Form::kNumber},
                              {"interface", "interface", Form::kInterface}};

constexpr std::pair<std::string_view, std::span<const Shown>> kTypes[] = {
    {"flow", kFlow}, {"packet", kPacket}, {"security", kSecurity}, {"traffic", kTraffic}};

// Position in kTypes; past its end: no type of the network.
size_t type_of(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& type) { return type.first == name; });
  return static_cast<size_t>(found - std::begin(kTypes));
}

// What stands in the place of ports: type, code and identifier of ICMP, the protocol within GRE.
void append_port(std::string& out, size_t start, uint64_t protocol, bool source, uint64_t port) {
  const bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
  if (icmp && !source) {
    append_name(out, start, "type");
    out += std::to_string(port >> 8);
    append_name(out, start, "code");
    out += std::to_string(port & 255);
  } else if (port) {
    append_name(out, start,
                icmp                                 ? "id"
                : protocol == IPPROTO_GRE && !source ? "carries"
                : source                             ? "source_port"
                                                     : "destination_port");
    out += protocol == IPPROTO_GRE ? fmt::format("{:#06x}", port) : std::to_string(port);
  }
}

}  // namespace

NetworkEventText::NetworkEventText(const trace::Trace& trace)
    : trace_(trace), interfaces_(trace), rules_(trace), traffic_(trace.catalogue()) {
  for (const auto& [type, columns] : kTypes) {
    names_.emplace_back();
    for (const Shown& shown : columns) names_.back().push_back(&trace.catalogue().values_of(type, shown.column));
  }
}

bool NetworkEventText::knows(std::string_view type, std::string_view column) {
  const size_t at = type_of(type);
  if (at == std::size(kTypes)) return false;
  const auto shown = kTypes[at].second;
  return std::any_of(shown.begin(), shown.end(), [&](const Shown& one) { return one.column == column; });
}

void NetworkEventText::append(std::string& out, size_t start, const EventType& type, trace::Block& block,
                              size_t row) const {
  auto number = [&](std::string_view column) {
    const auto position = type.column(column);
    return position ? block.column(*position)[row] : 0;
  };
  const size_t at = type_of(type.name);
  if (at == std::size(kTypes)) return;
  for (size_t k = 0; k < kTypes[at].second.size(); ++k) {
    const Shown& shown = kTypes[at].second[k];
    const auto position = type.column(shown.column);
    if (!position) continue;
    const uint64_t value = block.column(*position)[row];
    auto put = [&](std::string_view text) {
      append_name(out, start, shown.name);
      out += text;
    };
    switch (shown.form) {
      case Form::kUnlessZero:
        if (value) put(std::to_string(value));
        break;
      case Form::kTime:
        put(std::to_string(trace_.since_start(value)));
        break;
      case Form::kTimeUnlessZero:
        if (value) put(std::to_string(trace_.since_start(value)));
        break;
      case Form::kAddress: {
        if (!type.columns[*position].is_text()) break;
        const trace::BlockText bytes = block.text(value);
        if (!bytes.present) break;
        const bool source = shown.column == "source";
        if (const auto address = InternetAddress::from(bytes.bytes))
          put(address->text(protocol_has_ports(number("protocol")) && (address->port || !source)));
        else
          put("?");
        break;
      }
      case Form::kPort:
        if (!protocol_has_ports(number("protocol")) && number("protocol"))
          append_port(out, start, number("protocol"), shown.column == "sourcePort", value);
        break;
      case Form::kValuesUnlessZero:
        if (!value) break;
        [[fallthrough]];
      case Form::kValues:
        append_name(out, start, shown.name);
        names_[at][k]->append(out, value, shown.column == "headers" ? " " : "|");
        break;
      case Form::kInterface:
        if (value != kAllInterfaces) {
          append_name(out, start, shown.name);
          out += interfaces_.name(value);
        }
        break;
      case Form::kRule:
        if (!value) break;
        append_name(out, start, shown.name);
        if (const std::string_view text = rules_.text(value); !text.empty())
          append_text(out, {text, 0, true, false, false});
        else
          out += std::to_string(value);
        break;
      case Form::kText: {
        if (!type.columns[*position].is_text()) break;
        const trace::BlockText text = block.text(value);
        if (!text.present || text.bytes.empty()) break;
        append_name(out, start, shown.name);
        append_text(out, text);
        break;
      }
      case Form::kBytes: {
        if (!type.columns[*position].is_text()) break;
        const trace::BlockText bytes = block.text(value);
        append_name(out, start, "captured");
        out += std::to_string(bytes.bytes.size());
        if (bytes.bytes.empty()) break;
        append_name(out, start, shown.name);
        for (const char byte : bytes.bytes.substr(0, kShownBytes))
          fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
        if (bytes.bytes.size() > kShownBytes) out += "...";
        break;
      }
      case Form::kTraffic:
        if (traffic_.knows(value, number("key"))) {
          append_name(out, start, traffic_.kind(value));
          out += traffic_.key(value, number("key"));
        } else {
          put(std::to_string(value));
        }
        break;
      case Form::kTrafficKey:
        if (!traffic_.knows(number("what"), value)) put(std::to_string(value));
        break;
      case Form::kNumber:
        put(std::to_string(value));
        break;
    }
  }
}

}  // namespace ebpftrace::analyzer
