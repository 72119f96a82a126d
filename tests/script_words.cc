// SPDX-License-Identifier: Apache-2.0
#include "tests/script_words.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <stdexcept>

namespace ebpftrace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false, quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!quoted && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\' && i + 1 < line.size()) {
      const char escape = line[++i];
      if (escape == 'n')
        words.back() += '\n';
      else if (escape == 't')
        words.back() += '\t';
      else if (escape == 'x' && i + 2 < line.size()) {
        words.back() += static_cast<char>(std::stoi(std::string(line.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else
        words.back() += escape;
    } else {
      words.back() += c;
    }
  }
  return words;
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("not a number: " + std::string(text));
  return value;
}

uint64_t duration(std::string_view text) {
  for (const auto& [unit, ns] :
       {std::pair("ns", 1ull), {"us", 1'000ull}, {"ms", 1'000'000ull}, {"s", 1'000'000'000ull}})
    if (text.ends_with(unit)) return number(text.substr(0, text.size() - std::string_view(unit).size())) * ns;
  return number(text);
}

std::string sockaddr_of(std::string_view text) {
  if (text.starts_with("raw:")) return std::string(text.substr(4));
  if (text == "unix" || text.starts_with('/') || text.starts_with('@')) {
    const sa_family_t family = AF_UNIX;
    std::string to(reinterpret_cast<const char*>(&family), sizeof family);
    if (text.starts_with('@')) return to + '\0' + std::string(text.substr(1));
    return text == "unix" ? to : to + std::string(text) + '\0';
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument("not ADDRESS:PORT: " + std::string(text));
  const auto port = htons(static_cast<uint16_t>(number(text.substr(colon + 1))));
  if (text.starts_with('[')) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = port;
    if (::inet_pton(AF_INET6, std::string(text.substr(1, colon - 2)).c_str(), &to.sin6_addr) == 1)
      return {reinterpret_cast<const char*>(&to), sizeof to};
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = port;
    if (::inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &to.sin_addr) == 1)
      return {reinterpret_cast<const char*>(&to), sizeof to};
  }
  throw std::invalid_argument("not an address: " + std::string(text));
}

}  // namespace ebpftrace
