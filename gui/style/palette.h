// SPDX-License-Identifier: Apache-2.0
// The colours of the window by what they mean, light and dark, and QPalettes of them. Hue is a call's class, texture its state
// (gui/timeline/hatch.h); gold is what the user chose and nothing else.
#pragma once

#include <QColor>
#include <QPalette>
#include <array>

namespace ebpftrace::gui {

struct Colours {
  bool dark;
  QColor window, base, alternate, border, grid;
  QColor text, muted, tick;  // tick: never of text
  QColor lifetime, chart_a, chart_b;
  QColor good, error, error_text, warning;
  QColor gold, gold_tint, gold_text;  // lines, rows, text
  QColor hover;
  std::array<QColor, 6> classes;  // by analyzer::CallClass
};

const Colours& light_colours();
const Colours& dark_colours();
// Those that go with what a widget has: dark if its base is.
const Colours& colours_for(const QPalette& palette);

QPalette qt_palette(const Colours& colours);

// Whether the desktop's own colours are dark: as they were before the first palette of ours. GUI thread.
bool desktop_is_dark();

// White or nearly black, whichever contrasts more.
QColor text_on(const QColor& background);
// As WCAG 2 has it: 1 to 21.
double contrast(const QColor& a, const QColor& b);
// `share` of the one over the other, opaque.
QColor mixed(const QColor& over, const QColor& under, double share);

}  // namespace ebpftrace::gui
