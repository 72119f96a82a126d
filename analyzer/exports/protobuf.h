// SPDX-License-Identifier: Apache-2.0
// A message in protobuf's wire format: as much of it as an export needs. Messages within a message are built apart and put
// into it, which costs a copy and no second pass.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

class ProtobufMessage {
 public:
  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  void clear() { bytes_.clear(); }

  // Also of enums, bools and signed numbers (of two's complement).
  void number(unsigned field, uint64_t value) {
    tag(field, 0);
    varint(bytes_, value);
  }
  void fixed(unsigned field, uint64_t value) {
    tag(field, 1);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(unsigned field, std::string_view value) {
    tag(field, 2);
    varint(bytes_, value.size());
    bytes_ += value;
  }
  void message(unsigned field, const ProtobufMessage& value) { text(field, value.bytes_); }

  static void varint(std::string& to, uint64_t value) {
    for (; value > 0x7f; value >>= 7) to += static_cast<char>(value | 0x80);
    to += static_cast<char>(value);
  }

 private:
  void tag(unsigned field, unsigned wire_type) { varint(bytes_, uint64_t{field} << 3 | wire_type); }

  std::string bytes_;
};

}  // namespace ebpftrace::analyzer
