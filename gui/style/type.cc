// SPDX-License-Identifier: Apache-2.0
#include "gui/style/type.h"

#include <QFontDatabase>
#include <QFontInfo>

#include "gui/style/sizes.h"

namespace ebpftrace::gui {
namespace {

QFont sized(QFontDatabase::SystemFont which, double pixels) {
  QFont font = QFontDatabase::systemFont(which);
  // Of a system font at its usual size (9 to 10 points) sizes are taken as they are; who has set a larger one wants all larger.
  const double own = QFontInfo(QFontDatabase::systemFont(QFontDatabase::GeneralFont)).pixelSize();
  const double scale = own > 14 ? own / 13 : 1;
  font.setPointSizeF(pixels * scale * 72 / 96);  // points may have fractions, pixels not
  return font;
}

}  // namespace

QFont text_font(double pixels, Weight weight) {
  QFont font = sized(QFontDatabase::GeneralFont, pixels);
  font.setWeight(weight == Weight::kSemiBold ? QFont::DemiBold : QFont::Normal);
  return font;
}

QFont fixed_font(double pixels) { return sized(QFontDatabase::FixedFont, pixels); }

}  // namespace ebpftrace::gui
