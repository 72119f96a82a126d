// SPDX-License-Identifier: Apache-2.0
// A regular expression (RE2: linear time, whatever the pattern), found anywhere in a text of any bytes. Memory: at most
// kPatternBytes. Immutable; any thread.
#pragma once

#include <memory>
#include <string_view>

namespace ebpftrace::predicate {

inline constexpr int kPatternBytes = 1 << 20;

class Pattern {
 public:
  // Throws ExpressionError at 0.
  explicit Pattern(std::string_view pattern);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace ebpftrace::predicate
