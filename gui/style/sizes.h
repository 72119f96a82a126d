// SPDX-License-Identifier: Apache-2.0
// Sizes in pixels at 96 DPI, by what they are of. Qt scales them; nothing here depends on a screen.
#pragma once

namespace ebpftrace::gui {

struct sizes {
  static constexpr int kGrid = 4, kPadding = 8, kWidePadding = 12, kRadius = 3;
  static constexpr int kMenu = 28, kToolbar = 40, kFilterBar = 36, kMinimap = 44, kRuler = 26, kTabs = 32,
                       kTableHeader = 24, kRow = 20, kStatusBar = 24, kSplitter = 4, kBanner = 36;
  static constexpr int kLaneColumn = 288, kIndent = 14;

  static constexpr int kGroupLane = 20, kLane = 20, kLaneBar = 14, kCpuChart = 32, kChart = 24, kCpuLane = 72,
                       kFindings = 20, kFindingsWithText = 36, kNetworkLane = 20, kFocusedLane = 56, kFocusedBar = 44,
                       kOtherLane = 24, kOtherBar = 16;

  // Fonts, in pixels.
  static constexpr double kBaseText = 12, kMenuText = 13, kSecondText = 11.5, kRulerText = 11, kBarText = 10.5,
                          kTallBarText = 11.5, kStatisticText = 14, kCaptionText = 11, kSentenceText = 13,
                          kFixedText = 11.5;
};

}  // namespace ebpftrace::gui
