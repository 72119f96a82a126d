// SPDX-License-Identifier: Apache-2.0
// A column that is dragged out of its table, by the name of what it holds: the pivot groups by it where it is let go.
#pragma once

#include <QMimeData>
#include <QString>
#include <string>

namespace ebpftrace::gui {

inline QString dragged_field_type() { return QStringLiteral("application/x-ebpftrace-field"); }

inline QMimeData* drag_of(const std::string& field) {
  auto* data = new QMimeData;
  data->setData(dragged_field_type(), QByteArray::fromStdString(field));
  return data;
}

// Empty: something else is dragged.
inline std::string field_of(const QMimeData& data) { return data.data(dragged_field_type()).toStdString(); }

}  // namespace ebpftrace::gui
