// SPDX-License-Identifier: Apache-2.0
#include "analyzer/fields/column.h"

namespace ebpftrace::analyzer {
namespace {

const Selection kNone;

class NoTexts final : public predicate::Texts {
 public:
  uint64_t count() const override { return 0; }
  std::optional<std::string_view> text(uint64_t) const override { return std::nullopt; }
};

// Of cells that are all absent.
const uint64_t* no_values() {
  static const auto values = std::make_unique<uint64_t[]>(predicate::kTileRows);
  return values.get();
}

}  // namespace

NumberColumn Column::numbers(const Selection&) { return {no_values(), &kNone, nullptr}; }

TextColumn Column::texts(const Selection&) {
  static const NoTexts none;
  return {no_values(), &none};
}

const uint64_t* Column::variants(const Selection&) { return no_values(); }

}  // namespace ebpftrace::analyzer
