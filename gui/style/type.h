// SPDX-License-Identifier: Apache-2.0
// The fonts of the window: the system's, at sizes relative to gui/style/sizes.h. GUI thread, with a QGuiApplication.
#pragma once

#include <QFont>

namespace ebpftrace::gui {

enum class Weight { kRegular, kSemiBold };

// Sizes are of sizes.h, for a system font of 12 px; a larger one scales them. Digits are as the font has them.
QFont text_font(double pixels, Weight weight = Weight::kRegular);
QFont fixed_font(double pixels);

}  // namespace ebpftrace::gui
