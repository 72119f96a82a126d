// SPDX-License-Identifier: Apache-2.0
// A message in protobuf's wire format: as much of it as an export needs. Messages within a message are built apart and put
// into it, which costs a copy and no second pass.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

class ProtobufMessage {
 public:
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

  // Also of enums, bools and signed numbers (of two's complement).
  void number(unsigned field, uint64_t value) {
    char* const to = tag(make_room(kMostTag + kMostVarint), field, 0);
    end(varint(to, value));
  }
  void fixed(unsigned field, uint64_t value) {
    char* const to = tag(make_room(kMostTag + sizeof value), field, 1);
    std::memcpy(to, &value, sizeof value);
    end(to + sizeof value);
  }
  void text(unsigned field, std::string_view value) {
    char* const to = varint(tag(make_room(kMostTag + kMostVarint + value.size()), field, 2), value.size());
    end(std::copy(value.begin(), value.end(), to));  // not memcpy(): nothing may be at no address
  }
  void message(unsigned field, const ProtobufMessage& value) { text(field, value.bytes()); }
  // Fields, as another message has them.
  void fields(std::string_view bytes) {
    char* const to = make_room(bytes.size());
    end(std::copy(bytes.begin(), bytes.end(), to));
  }

  // Behind what is read, at `from`.
  static uint64_t read_varint(std::string_view bytes, size_t& from) {
    uint64_t value = 0;
    for (unsigned shift = 0; from < bytes.size() && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes[from++]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

 private:
  static constexpr size_t kMostTag = 5, kMostVarint = 10;

  static char* varint(char* to, uint64_t value) {
    for (; value > 0x7f; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
  }
  static char* tag(char* to, unsigned field, unsigned wire_type) {
    return varint(to, uint64_t{field} << 3 | wire_type);
  }
  // Where there is room for so many bytes behind what there is.
  char* make_room(size_t bytes) {
    if (bytes_.size() - size_ < bytes) bytes_.resize(2 * (size_ + bytes));
    return bytes_.data() + size_;
  }
  void end(const char* end) { size_ = static_cast<size_t>(end - bytes_.data()); }

  std::string bytes_;  // the first size_ of it
  size_t size_ = 0;
};

}  // namespace ebpftrace::analyzer
