// SPDX-License-Identifier: Apache-2.0
#include "analyzer/fields/row_reader.h"

#include <algorithm>

#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

RowReader::RowReader(const Session& session, const EventType& type, std::span<const predicate::Field> fields,
                     std::shared_ptr<trace::FramePayload> payload)
    : session_(session), type_(type) {
  for (const predicate::Field& field : fields) {
    const auto& makers = static_cast<const FieldColumns&>(*field.backing).by_type;
    const auto found = makers.find(type.id);
    columns_.push_back(found == makers.end() ? std::make_unique<AbsentColumn>() : found->second(*this));
  }
  const std::vector<std::string_view> names(stored_.begin(), stored_.end());
  block_ = std::make_unique<trace::Block>(session.trace(), type, names, std::move(payload));
}

unsigned RowReader::need(std::string_view stored) {
  const auto found = std::find(stored_.begin(), stored_.end(), stored);
  if (found != stored_.end()) return static_cast<unsigned>(found - stored_.begin());
  stored_.emplace_back(stored);
  return static_cast<unsigned>(stored_.size() - 1);
}

bool RowReader::load(const trace::Frame& frame) {
  if (!block_->load(frame)) return false;
  for (const auto& column : columns_) column->start_block();
  return true;
}

bool RowReader::go_to(size_t tile_start) {
  while (block_->tile_rows() == 0 || block_->tile_start() < tile_start)
    if (!block_->next_tile()) return false;
  return block_->tile_start() == tile_start;
}

}  // namespace ebpftrace::analyzer
