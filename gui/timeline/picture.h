// SPDX-License-Identifier: Apache-2.0
// Density -> images. Any thread.
#pragma once

#include <map>
#include <memory>

#include "gui/timeline/scene.h"

namespace ebpftrace::gui {

// bar_heights: by Picture::key() of the lanes; those that are not there are of the usual height.
std::shared_ptr<const Picture> make_picture(analyzer::Density density, const std::map<uint64_t, int>& bar_heights,
                                            const Colours& colours, double device_pixel_ratio);

}  // namespace ebpftrace::gui
