// SPDX-License-Identifier: Apache-2.0
#include "predicate/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "predicate/error.h"

namespace ebpftrace::predicate {

namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // a character is a byte: paths and contents are not always UTF-8
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kPatternBytes);
  return options;
}

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(std::string_view pattern)
      : expression(re2::StringPiece(pattern.data(), pattern.size()), options()) {}
  RE2 expression;
};

Pattern::Pattern(std::string_view pattern) : compiled_(std::make_unique<Compiled>(pattern)) {
  const RE2& expression = compiled_->expression;
  if (expression.ok()) return;
  if (expression.error_code() == RE2::ErrorPatternTooLarge || expression.error_code() == RE2::ErrorRepeatSize)
    throw ExpressionError(
        0, 0,
        fmt::format("the pattern is too large: it repeats more than 1000 times or needs more than {} KiB; "
                    "repeat less, x{{1000}} is a thousand times x",
                    kPatternBytes >> 10));
  throw ExpressionError(0, 0, fmt::format("the pattern is no regular expression: {}", shortened(expression.error())));
}

Pattern::~Pattern() = default;

bool Pattern::found_in(std::string_view text) const {
  const re2::StringPiece piece(text.data(), text.size());
  return compiled_->expression.Match(piece, 0, piece.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace ebpftrace::predicate
