// SPDX-License-Identifier: Apache-2.0
// The column `content` of one row: what pointer arguments led to. A view of the column's bytes; whatever they are, it
// only ever hands out items that lie within them.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "schema/row_layout.h"

namespace ebpftrace::analyzer {

struct ContentItem {
  unsigned arg = 0;  // index of the argument
  std::string_view bytes;
  uint32_t original = 0;  // bytes that there were
  bool unreadable = false, at_entry = false, part = false, at_least = false;
  unsigned kind = 0;  // of a part: CONTENT_NAME, ...; 0 in traces that don't say it
  bool cut() const { return original > bytes.size() || at_least; }
};

class ContentItems {
 public:
  ContentItems() = default;
  explicit ContentItems(std::string_view column) : rest_(column) {}

  bool empty() const { return rest_.empty(); }
  // The item at the front, which is then taken away; nothing at the end, or where the bytes make no sense.
  std::optional<ContentItem> next() {
    content_item head;
    if (rest_.size() < sizeof head) return std::nullopt;
    std::memcpy(&head, rest_.data(), sizeof head);
    if (rest_.size() - sizeof head < head.stored) return std::nullopt;
    const ContentItem item{head.arg,
                           rest_.substr(sizeof head, head.stored),
                           head.original,
                           (head.flags & CONTENT_UNREADABLE) != 0,
                           (head.flags & CONTENT_AT_ENTRY) != 0,
                           (head.flags & CONTENT_PART) != 0,
                           (head.flags & CONTENT_AT_LEAST) != 0,
                           head.flags & unsigned{CONTENT_KIND}};
    rest_.remove_prefix(sizeof head + head.stored);
    return item;
  }
  // The first item of that kind.
  std::optional<ContentItem> first(unsigned kind) const {
    for (ContentItems at = *this;;) {
      const auto item = at.next();
      if (!item || (item->part && item->kind == kind)) return item;
    }
  }
  // The argument's items from its first one on.
  ContentItems find(unsigned arg) const {
    for (ContentItems at = *this;;) {
      const ContentItems here = at;
      const auto item = at.next();
      if (!item) return {};
      if (item->arg == arg) return here;
    }
  }

 private:
  std::string_view rest_;
};

}  // namespace ebpftrace::analyzer
