// SPDX-License-Identifier: Apache-2.0
#include "gui/style/palette.h"

#include <QApplication>
#include <cmath>

namespace ebpftrace::gui {

const Colours& light_colours() {
  static const Colours colours = {
      .dark = false,
      .window = 0xF1F3F6,
      .base = 0xFFFFFF,
      .alternate = 0xF7F8FA,
      .border = 0xD3D8E0,
      .grid = 0xE8EBF0,
      .text = 0x1A1E26,
      .muted = 0x59626F,
      .tick = 0x8A929E,
      .lifetime = 0xDDE2E9,
      .chart_a = 0xB9C6D8,
      .chart_b = 0x6B7E9B,
      .good = 0x1E7B4F,
      .error = 0xD9481F,
      .error_text = 0xB23A14,
      .warning = 0x9E5000,
      .gold = 0xC98F00,
      .gold_tint = 0xFFF3D1,
      .gold_text = 0x7A5600,
      .hover = 0xE6EAF0,
      .classes = {QColor(0x1F5FBF), QColor(0x00856B), QColor(0x6A21C8), QColor(0x3F9BD3), QColor(0x8E1558),
                  QColor(0x9BA1AB)},
  };
  return colours;
}

const Colours& dark_colours() {
  static const Colours colours = {
      .dark = true,
      .window = 0x1C1F26,
      .base = 0x14171C,
      .alternate = 0x181B21,
      .border = 0x333944,
      .grid = 0x242932,
      .text = 0xE6E9EF,
      .muted = 0x9BA5B4,
      .tick = 0x6E7887,
      .lifetime = 0x2B313B,
      .chart_a = 0x43536B,
      .chart_b = 0x8297B5,
      .good = 0x58C08A,
      .error = 0xFF6A3A,
      .error_text = 0xFF8A62,
      .warning = 0xFFA94D,
      .gold = 0xF5B81F,
      .gold_tint = 0x3A3015,
      .gold_text = 0xF5C651,
      .hover = 0x2F3540,
      .classes = {QColor(0x5C97F2), QColor(0x58D6B0), QColor(0x8B4FE6), QColor(0xB4E0F8), QColor(0xE277AE),
                  QColor(0x757C88)},
  };
  return colours;
}

const Colours& colours_for(const QPalette& palette) {
  return palette.color(QPalette::Active, QPalette::Base).lightness() < 128 ? dark_colours() : light_colours();
}

QPalette qt_palette(const Colours& colours) {
  QPalette palette;
  palette.setColor(QPalette::Window, colours.window);
  palette.setColor(QPalette::WindowText, colours.text);
  palette.setColor(QPalette::Base, colours.base);
  palette.setColor(QPalette::AlternateBase, colours.alternate);
  palette.setColor(QPalette::Text, colours.text);
  palette.setColor(QPalette::PlaceholderText, colours.muted);
  palette.setColor(QPalette::Button, colours.dark ? colours.window : colours.base);
  palette.setColor(QPalette::ButtonText, colours.text);
  palette.setColor(QPalette::BrightText, colours.error_text);
  palette.setColor(QPalette::ToolTipBase, colours.base);
  palette.setColor(QPalette::ToolTipText, colours.text);
  palette.setColor(QPalette::Highlight, colours.gold_tint);
  palette.setColor(QPalette::HighlightedText, colours.text);
  palette.setColor(QPalette::Link, colours.text);
  palette.setColor(QPalette::LinkVisited, colours.text);
  palette.setColor(QPalette::Light, colours.base);
  palette.setColor(QPalette::Midlight, colours.grid);
  palette.setColor(QPalette::Mid, colours.border);
  palette.setColor(QPalette::Dark, colours.tick);
  palette.setColor(QPalette::Shadow, colours.border);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, colours.muted);
  return palette;
}

namespace {

double linear(double part) { return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4); }

double luminance(const QColor& colour) {
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

}  // namespace

double contrast(const QColor& a, const QColor& b) {
  const double one = luminance(a) + 0.05, other = luminance(b) + 0.05;
  return one > other ? one / other : other / one;
}

QColor text_on(const QColor& background) {
  const QColor light(0xFFFFFF), dark(0x0D0F13);
  return contrast(light, background) >= contrast(dark, background) ? light : dark;
}

QColor mixed(const QColor& over, const QColor& under, double share) {
  auto part = [share](int one, int other) { return static_cast<int>(std::lround(one * share + other * (1 - share))); };
  return {part(over.red(), under.red()), part(over.green(), under.green()), part(over.blue(), under.blue())};
}

bool desktop_is_dark() {
  static const bool dark = colours_for(QApplication::palette()).dark;
  return dark;
}

}  // namespace ebpftrace::gui
