// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/rule_file.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "bpf/edge_shared.h"
#include "schema/value_words.h"

namespace ebpftrace::recorder {
namespace {

constexpr size_t kMostFileBytes = 16u << 20;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kDefaultBlock = 60 * kSecond;
constexpr uint64_t kMostRate = 100'000'000;

struct Word {
  std::string_view text;
  size_t column;
};

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The words of one line, taken one after the other.
class Line {
 public:
  Line(std::string_view text, const std::string& source, size_t number) : source_(source), number_(number) {
    text = text.substr(0, text.find('#'));
    for (size_t at = 0; at < text.size();) {
      if (std::strchr(" \t\r", text[at])) {
        ++at;
        continue;
      }
      const size_t end = std::min(text.find_first_of(" \t\r", at), text.size());
      words_.push_back({text.substr(at, end - at), at + 1});
      at = end;
    }
    end_column_ = text.size() + 1;
  }

  bool empty() const { return words_.empty(); }
  bool done() const { return next_ == words_.size(); }
  size_t column() const { return done() ? end_column_ : words_[next_].column; }

  [[noreturn]] void fail(size_t column, const std::string& what) const {
    throw RuleError(source_, number_, column, what);
  }

  Word take(const char* wanted) {
    if (done()) fail(end_column_, fmt::format("{} is missing", wanted));
    return words_[next_++];
  }
  bool take_if(std::string_view word) {
    if (done() || words_[next_].text != word) return false;
    ++next_;
    return true;
  }
  void finish() const {
    if (!done()) fail(words_[next_].column, fmt::format("'{}' is not expected here", words_[next_].text));
  }
  std::string text() const {
    std::string all;
    for (const Word& word : words_) all += (all.empty() ? "" : " ") + std::string(word.text);
    return all;
  }

  uint64_t duration(const char* wanted) {
    const Word word = take(wanted);
    const size_t digits = std::min(word.text.find_first_not_of("0123456789"), word.text.size());
    const auto count = number<uint64_t>(word.text.substr(0, digits));
    const std::string_view unit = word.text.substr(digits);
    const uint64_t scale = unit == "ms"  ? kSecond / 1000
                           : unit == "s" ? kSecond
                           : unit == "m" ? 60 * kSecond
                           : unit == "h" ? 3600 * kSecond
                           : unit == "d" ? 86400 * kSecond
                                         : 0;
    if (!count || !*count || !scale || *count > UINT64_C(3650) * 86400 * kSecond / scale)
      fail(word.column, fmt::format("'{}' is not a time such as 500ms, 30s, 10m, 2h or 7d (at most 3650d)", word.text));
    return *count * scale;
  }

 private:
  const std::string& source_;
  size_t number_;
  std::vector<Word> words_;
  size_t next_ = 0;
  size_t end_column_ = 1;
};

void take_prefix(Line& line, Rule& rule) {
  const Word word = line.take("an address or prefix");
  const size_t slash = word.text.find('/');
  const std::string address(word.text.substr(0, slash));
  const bool four = ::inet_pton(AF_INET, address.c_str(), rule.address.data() + 12) == 1;
  if (four)
    rule.address[10] = rule.address[11] = 0xff;
  else if (::inet_pton(AF_INET6, address.c_str(), rule.address.data()) != 1)
    line.fail(word.column, fmt::format("'{}' is neither an IPv4 nor an IPv6 address", address));
  const unsigned most = four ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const auto given = number<unsigned>(word.text.substr(slash + 1));
    if (!given || *given > most)
      line.fail(word.column + slash + 1,
                fmt::format("'{}' is not a prefix length from 0 to {}", word.text.substr(slash + 1), most));
    bits = *given;
  }
  rule.bits = bits + (four ? 96 : 0);
  for (unsigned bit = rule.bits; bit < 128; ++bit)
    if (rule.address[bit / 8] & (0x80 >> bit % 8))
      line.fail(word.column, fmt::format("'{}' has bits set beyond its length of {}", word.text, bits));
}

void take_protocol(Line& line, Rule& rule) {
  static constexpr std::pair<std::string_view, Rule::Packets> kOthers[] = {
      {"arp", Rule::Packets::kArp}, {"other", Rule::Packets::kOther}, {"unparsed", Rule::Packets::kUnparsed}};
  const Word word = line.take("a protocol");
  for (const auto& [name, packets] : kOthers)
    if (word.text == name) {
      rule.packets = packets;
      return;
    }
  std::optional<uint64_t> value = value_of(kIpProtocolWords, word.text);
  if (!value) value = number<uint8_t>(word.text);
  if (!value) {
    std::string names;
    for (const ValueWord& protocol : kIpProtocolWords) names += std::string(protocol.word) + ", ";
    for (const auto& [name, packets] : kOthers)
      names += std::string(name) + (packets == Rule::Packets::kUnparsed ? "" : ", ");
    line.fail(word.column, fmt::format("'{}' is no protocol: {} or 0 to 255", word.text, names));
  }
  rule.protocol = static_cast<uint8_t>(*value);
}

void take_ports(Line& line, Rule& rule) {
  if (rule.packets != Rule::Packets::kOfProtocol ||
      (rule.protocol != IPPROTO_TCP && rule.protocol != IPPROTO_UDP && rule.protocol != IPPROTO_SCTP))
    line.fail(line.column(), "only tcp, udp and sctp have ports");
  const Word word = line.take("a port");
  size_t at = 0;
  while (true) {
    const size_t end = std::min(word.text.find(',', at), word.text.size());
    const std::string_view part = word.text.substr(at, end - at);
    const size_t dash = part.find('-');
    const auto first = number<uint16_t>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number<uint16_t>(part.substr(dash + 1));
    if (!first || !last || *first > *last)
      line.fail(word.column + at, fmt::format("'{}' is not a port or a range of ports from 0 to 65535", part));
    rule.ports.emplace_back(*first, *last);
    if (end == word.text.size()) return;
    at = end + 1;
  }
}

void take_action(Line& line, Rule& rule) {
  if (line.take_if("report")) return;
  rule.block_ns = line.take_if("block") ? line.duration("a time") : kDefaultBlock;
}

void take_limit(Line& line, Rule& rule) {
  const Word what = line.take("syn or packets");
  if (what.text == "syn")
    rule.kind = Rule::Kind::kLimitSyn;
  else if (what.text == "packets")
    rule.kind = Rule::Kind::kLimitPackets;
  else
    line.fail(what.column, fmt::format("'{}' cannot be limited: syn or packets", what.text));
  const Word rate = line.take("a rate");
  const auto per_second =
      rate.text.ends_with("/s") ? number<uint64_t>(rate.text.substr(0, rate.text.size() - 2)) : std::nullopt;
  if (!per_second || !*per_second || *per_second > kMostRate)
    line.fail(rate.column, fmt::format("'{}' is not a rate such as 100/s (1 to {})", rate.text, kMostRate));
  rule.per_second = rule.burst = *per_second;
  if (line.take_if("burst")) {
    const Word burst = line.take("a number of packets");
    const auto value = number<uint64_t>(burst.text);
    if (!value || !*value || *value > kMostRate)
      line.fail(burst.column, fmt::format("'{}' is not a burst of 1 to {} packets", burst.text, kMostRate));
    rule.burst = *value;
  }
  take_action(line, rule);
}

void take_scan(Line& line, Rule& rule) {
  rule.kind = Rule::Kind::kScan;
  const Word ports = line.take("a number of ports");
  const auto value = number<uint32_t>(ports.text);
  if (!value || *value < 2 || *value > MOST_SCAN_PORTS)
    line.fail(ports.column,
              fmt::format("'{}' is not a number of ports from 2 to {}", ports.text, int{MOST_SCAN_PORTS}));
  rule.scan_ports = *value;
  for (const char* word : {"ports", "in"})
    if (!line.take_if(word)) line.fail(line.column(), fmt::format("'{}' is missing: scan N ports in TIME", word));
  rule.window_ns = line.duration("a time");
  take_action(line, rule);
}

Rule parse_rule(Line& line) {
  Rule rule{};
  rule.text = line.text();
  const Word word = line.take("a rule");
  rule.column = word.column;
  if (word.text == "allow" || word.text == "block") {
    rule.kind = word.text == "allow" ? Rule::Kind::kAllow : Rule::Kind::kBlock;
    take_prefix(line, rule);
    if (rule.kind == Rule::Kind::kBlock && line.take_if("for")) rule.ttl_ns = line.duration("a time");
  } else if (word.text == "drop" || word.text == "pass") {
    rule.kind = word.text == "drop" ? Rule::Kind::kDrop : Rule::Kind::kPass;
    take_protocol(line, rule);
    if (line.take_if("port")) take_ports(line, rule);
  } else if (word.text == "limit") {
    take_limit(line, rule);
  } else if (word.text == "scan") {
    take_scan(line, rule);
  } else {
    line.fail(word.column, fmt::format("'{}' is no rule: allow, block, drop, pass, limit or scan", word.text));
  }
  line.finish();
  return rule;
}

}  // namespace

RuleError::RuleError(const std::string& source, size_t line, size_t column, const std::string& what)
    : RulesError(fmt::format("{}:{}:{}: {}", source, line, column, what)), line(line), column(column) {}

std::vector<Rule> parse_rules(std::string_view text, const std::string& source) {
  std::vector<Rule> rules;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Line line(text.substr(0, end), source, ++number);
    if (!line.empty()) {
      rules.push_back(parse_rule(line));
      rules.back().source = source;
      rules.back().line = number;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

std::vector<Rule> read_rule_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char piece[65536];
  while (file && text.size() <= kMostFileBytes) {
    file.read(piece, sizeof piece);
    text.append(piece, static_cast<size_t>(file.gcount()));
  }
  if (!file.eof() && text.size() <= kMostFileBytes)
    throw RulesError(fmt::format("cannot read the rules '{}': {}", path, std::strerror(errno ? errno : EIO)));
  if (text.size() > kMostFileBytes)
    throw RulesError(fmt::format("the rules '{}' are larger than {} MiB", path, kMostFileBytes >> 20));
  return parse_rules(text, path);
}

}  // namespace ebpftrace::recorder
