// SPDX-License-Identifier: Apache-2.0
// Whole numbers as people write them: 4096, -1, 0x40, 0755, 1.5ms, 4KiB, 2M. Exact: what does not fit into 64 bits and
// what is no whole number of the base unit (ns, bytes) is an error, never rounded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ebpftrace::predicate {

__extension__ using Wide = __int128;

// -(2^64-1) to 2^64-1.
struct Integer {
  bool negative = false;  // never of 0
  uint64_t magnitude = 0;

  Wide wide() const { return negative ? -Wide{magnitude} : Wide{magnitude}; }
  bool operator==(const Integer&) const = default;
};

enum class UnitKind : uint8_t {
  kNone,
  kTime,   // ns us ms s min h d
  kBytes,  // B kB MB GB KiB MiB GiB
  kCount,  // K M G: 1024, 1024², 1024³, of anything that is counted
};

struct NumberUnit {
  std::string_view name;
  UnitKind kind;
  uint64_t factor;  // of the base unit
};
std::span<const NumberUnit> units();

struct Number {
  Integer value;
  UnitKind unit = UnitKind::kNone;
  bool operator==(const Number&) const = default;
};

inline constexpr uint64_t kThousandths = 1000;

// The whole text. Throws ExpressionError; its offsets count from `offset`, where the text begins. Of a number that counts
// in parts of its unit, so many of them are one: with kThousandths, 1.5 is 1500.
Number parse_number(std::string_view text, size_t offset = 0, uint64_t parts = 1);

// With the largest unit that makes it a whole number: 1500us, 4KiB, 7ns, 0ns. parse_number reads them back.
std::string duration_text(uint64_t ns);
std::string bytes_text(uint64_t bytes);
// 1500 is "1.5".
std::string decimal_text(uint64_t thousandths);

}  // namespace ebpftrace::predicate
