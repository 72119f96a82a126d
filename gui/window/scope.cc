// SPDX-License-Identifier: Apache-2.0
#include "gui/window/scope.h"

#include <algorithm>

#include "analyzer/api/command_line.h"
#include "analyzer/api/filter.h"

namespace ebpftrace::gui {

std::string Inquiry::whole_filter() const {
  const std::string parts[] = {filter.trimmed().toStdString(), lanes.toStdString()};
  return analyzer::all_of(parts);
}

analyzer::Asked Inquiry::asked() const {
  analyzer::Asked asked;
  asked.filter = whole_filter();
  if (range) {
    asked.from = analyzer::moment_text(range->from_ns);
    asked.to = analyzer::moment_text(range->to_ns);
  }
  return asked;
}

void Scope::set(Inquiry next) {
  if (next == now_) return;
  before_.push_back(now_);
  if (before_.size() > kMostUndo) before_.erase(before_.begin());
  undone_.clear();
  now_ = std::move(next);
  emit changed();
}

std::vector<std::string> Scope::conditions() const { return analyzer::filter_conditions(now_.filter.toStdString()); }

void Scope::setFilter(const QString& filter) {
  Inquiry next = now_;
  next.filter = filter.trimmed();
  set(std::move(next));
}

void Scope::setRange(const std::optional<analyzer::TimeSpan>& range) { setSelection(range, now_.lanes); }

void Scope::setLanes(const QString& condition) { setSelection(now_.range, condition); }

void Scope::setSelection(const std::optional<analyzer::TimeSpan>& range, const QString& lanes) {
  Inquiry next = now_;
  next.range = range;
  next.lanes = lanes;
  set(std::move(next));
}

void Scope::setMoment(std::optional<int64_t> ns) {
  if (now_.moment == ns) return;
  now_.moment = ns;
  emit momentChanged();
}

void Scope::addCondition(const QString& condition) {
  std::vector<std::string> all = conditions();
  if (std::find(all.begin(), all.end(), condition.toStdString()) != all.end()) return;
  all.push_back(condition.toStdString());
  setFilter(QString::fromStdString(analyzer::all_of(all)));
}

void Scope::removeCondition(size_t position) {
  std::vector<std::string> all = conditions();
  if (position >= all.size()) return;
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(position));
  setFilter(QString::fromStdString(analyzer::all_of(all)));
}

void Scope::undo() {
  if (before_.empty()) return;
  undone_.push_back(std::move(now_));
  now_ = std::move(before_.back());
  before_.pop_back();
  emit changed();
}

void Scope::redo() {
  if (undone_.empty()) return;
  before_.push_back(std::move(now_));
  now_ = std::move(undone_.back());
  undone_.pop_back();
  emit changed();
}

void Scope::forget() {
  before_.clear();
  undone_.clear();
  now_ = {};
  emit changed();
}

}  // namespace ebpftrace::gui
