// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them: three significant digits and a unit after a thin space; counts whole, with separators.
#pragma once

#include <QString>
#include <cstdint>

namespace ebpftrace::gui {

QString duration_text(double ns);        // "119.9 ms" as 120 ms, "3.03 ms", "732 ns"
QString count_text(uint64_t count);      // "207,581"
QString short_count_text(double count);  // "4 M", "140 k"
QString bytes_text(double bytes);        // "13.9 MiB"
// A moment since the start, to so many ns as a step of `step_ns` needs: "10.758 s".
QString moment_text(int64_t ns, int64_t step_ns);
// The same by the wall clock of the recorded host: "14:03:10.758".
QString wall_clock_text(int64_t ns, int64_t step_ns, int64_t start_real_ns, int32_t utc_offset_seconds);

}  // namespace ebpftrace::gui
