// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/scene.h"

#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

QFont italic_of(QFont font) {
  font.setItalic(true);
  return font;
}

}  // namespace

Fonts::Fonts()
    : base(text_font(sizes::kBaseText)),
      bold(text_font(sizes::kBaseText, Weight::kSemiBold)),
      second(text_font(sizes::kSecondText)),
      ruler(text_font(sizes::kRulerText)),
      bar(text_font(sizes::kBarText)),
      tall_bar(text_font(sizes::kTallBarText)),
      tall_bar_bold(text_font(sizes::kTallBarText, Weight::kSemiBold)),
      italic(italic_of(text_font(sizes::kSecondText))),
      base_metrics(base),
      bold_metrics(bold),
      second_metrics(second),
      ruler_metrics(ruler),
      bar_metrics(bar),
      tall_metrics(tall_bar),
      tall_bold_metrics(tall_bar_bold) {}

QString Scene::momentText(int64_t ns, int64_t step_ns) const {
  if (wall_clock && timeline)
    return wall_clock_text(ns, step_ns, timeline->start_real_ns(), timeline->utc_offset_seconds());
  return moment_text(ns, step_ns);
}

}  // namespace ebpftrace::gui
