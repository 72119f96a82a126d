// SPDX-License-Identifier: Apache-2.0
// JSON that is put together where there is room for the longest that it can be, so that no part of it has to look for some.
// One per thread.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {

// Text that is put in again and again: copied in one piece, whatever its length.
class JsonKey {
 public:
  static constexpr size_t kMost = 32;
  explicit JsonKey(std::string_view text) : size_(text.size()) {
    if (size_ > kMost) throw std::length_error("a key of JSON that long: " + std::string(text));
    std::copy_n(text.begin(), size_, bytes_.begin());
  }

 private:
  friend class JsonText;
  std::array<char, kMost> bytes_{};
  size_t size_;
};

class JsonText {
 public:
  // Starts anew; no more than so many bytes are put in. A string takes json_room() of them, a number 20.
  void start(size_t room) {
    if (room > room_) {
      room_ = 2 * room;
      text_.reset(new char[room_]);
    }
    to_ = text_.get();
  }
  std::string_view text() const { return {text_.get(), static_cast<size_t>(to_ - text_.get())}; }

  void put(std::string_view text) {
    std::memcpy(to_, text.data(), text.size());
    to_ += text.size();
  }
  void put(char c) { *to_++ = c; }
  // Takes room for JsonKey::kMost bytes, whatever its length.
  void put(const JsonKey& key) {
    std::memcpy(to_, key.bytes_.data(), JsonKey::kMost);
    to_ += key.size_;
  }
  // With its quotes; cut: with dots before the last one.
  void put_string(std::string_view text, bool cut = false) {
    to_ = write_json(to_, text);
    if (!cut) return;
    --to_;
    put("...\"");
  }
  template <typename Number>
  void put_number(Number number) {
    to_ = std::to_chars(to_, to_ + 20, number).ptr;
  }

 private:
  std::unique_ptr<char[]> text_;
  size_t room_ = 0;
  char* to_ = nullptr;  // behind what there is
};

}  // namespace ebpftrace::analyzer
