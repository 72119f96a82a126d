// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/call_rows.h"

#include "analyzer/api/session.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

const EventType& syscall_type(const trace::Trace& trace) {
  static const EventType none;
  const EventType* type = trace.catalogue().type("syscall");
  return type ? *type : none;
}

}  // namespace

CallRows::CallRows(const Session& session, const CallQuery& query, std::initializer_list<std::string_view> columns)
    : everything_(query.choice.everything()),
      in_parts_(query.part.parts > 1),
      payload_(std::make_shared<trace::FramePayload>()),
      sieve_(session, query.choice, payload_),
      block_(session.trace(), syscall_type(session.trace()), columns, payload_),
      keys_(query.by, query.most_groups, query.part),
      count_(std::min(columns.size(), kMostColumns)) {
  if (query.by.empty()) return;
  key_reader_ = std::make_unique<RowReader>(session, syscall_type(session.trace()), query.by, payload_);
  groups_ = std::make_unique<uint32_t[]>(predicate::kTileRows);
}

bool CallRows::load(const trace::Frame& frame) {
  frame_ = frame;
  next_ = 0;
  keys_loaded_ = false;
  if (!everything_ && !sieve_.load(frame)) return false;
  return block_.load(frame);
}

bool CallRows::next_tile() {
  for (;;) {
    if (!block_.next_tile()) return false;
    for (unsigned i = 0; i < count_; ++i) columns_[i] = block_.column(i);
    all_ = everything_;
    if (everything_) {
      every_ = Selection::first(block_.tile_rows());
      selected_ = &every_;
    } else {
      selected_ = &sieve_.selected(block_.tile_start() / predicate::kTileRows);
      if (selected_->none()) continue;
    }
    if (!key_reader_) return true;
    if (!keys_loaded_ && !key_reader_->load(frame_)) return false;
    keys_loaded_ = true;
    if (!key_reader_->go_to(block_.tile_start())) return false;
    if (in_parts_) {
      of_part_ = keys_.in_part(*key_reader_, *selected_);
      selected_ = &of_part_;
      all_ = false;
      if (selected_->none()) continue;
    }
    keys_.groups(*key_reader_, *selected_, groups_.get());
    return true;
  }
}

}  // namespace ebpftrace::analyzer
