// SPDX-License-Identifier: Apache-2.0
#include "gui/notes/notebook.h"

#include <algorithm>

namespace ebpftrace::gui {

void Notebook::take(Notes notes) {
  before_.clear();
  undone_.clear();
  now_ = std::move(notes);
  emit changed();
}

void Notebook::set(Notes next) {
  std::stable_sort(next.markers.begin(), next.markers.end(),
                   [](const Marker& a, const Marker& b) { return a.at_ns < b.at_ns; });
  std::stable_sort(next.views.begin(), next.views.end(), [](const SavedView& a, const SavedView& b) {
    return a.name.compare(b.name, Qt::CaseInsensitive) < 0;
  });
  if (next == now_) return;
  before_.push_back(std::exchange(now_, std::move(next)));
  if (before_.size() > kMostUndo) before_.erase(before_.begin());
  undone_.clear();
  emit changed();
  emit edited();
}

const SavedView* Notebook::findView(const QString& name) const {
  for (const SavedView& view : now_.views)
    if (view.name == name) return &view;
  return nullptr;
}

const Marker* Notebook::nextMarker(int64_t ns) const {
  for (const Marker& marker : now_.markers)
    if (marker.at_ns > ns) return &marker;
  return nullptr;
}

const Marker* Notebook::previousMarker(int64_t ns) const {
  for (size_t i = now_.markers.size(); i-- > 0;)
    if (now_.markers[i].at_ns < ns) return &now_.markers[i];
  return nullptr;
}

void Notebook::addMarker(int64_t at_ns, const QString& text) {
  Notes next = now_;
  next.markers.push_back({at_ns, text.trimmed()});
  set(std::move(next));
}

void Notebook::renameMarker(size_t position, const QString& text) {
  if (position >= now_.markers.size()) return;
  Notes next = now_;
  next.markers[position].text = text.trimmed();
  set(std::move(next));
}

void Notebook::removeMarker(size_t position) {
  if (position >= now_.markers.size()) return;
  Notes next = now_;
  next.markers.erase(next.markers.begin() + static_cast<std::ptrdiff_t>(position));
  set(std::move(next));
}

void Notebook::saveView(const SavedView& view) {
  if (view.name.trimmed().isEmpty()) return;
  Notes next = now_;
  std::erase_if(next.views, [&](const SavedView& other) { return other.name == view.name.trimmed(); });
  next.views.push_back(view);
  next.views.back().name = view.name.trimmed();
  set(std::move(next));
}

void Notebook::renameView(size_t position, const QString& name) {
  if (position >= now_.views.size()) return;
  SavedView view = now_.views[position];
  if (name.trimmed().isEmpty() || name.trimmed() == view.name) return;
  Notes next = now_;
  next.views.erase(next.views.begin() + static_cast<std::ptrdiff_t>(position));
  std::erase_if(next.views, [&](const SavedView& other) { return other.name == name.trimmed(); });
  view.name = name.trimmed();
  next.views.push_back(std::move(view));
  set(std::move(next));
}

void Notebook::removeView(size_t position) {
  if (position >= now_.views.size()) return;
  Notes next = now_;
  next.views.erase(next.views.begin() + static_cast<std::ptrdiff_t>(position));
  set(std::move(next));
}

void Notebook::setText(const QString& text) {
  Notes next = now_;
  next.text = text;
  set(std::move(next));
}

void Notebook::undo() {
  if (before_.empty()) return;
  undone_.push_back(std::exchange(now_, std::move(before_.back())));
  before_.pop_back();
  emit changed();
  emit edited();
}

void Notebook::redo() {
  if (undone_.empty()) return;
  before_.push_back(std::exchange(now_, std::move(undone_.back())));
  undone_.pop_back();
  emit changed();
  emit edited();
}

}  // namespace ebpftrace::gui
