// SPDX-License-Identifier: Apache-2.0
// Inputs to begin with, from real traces. usage: fuzz_seeds FOLDER TRACE...
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/fuzz/forged_file.h"
#include "trace/read/frame_payload.h"

using namespace ebpftrace::trace;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMostBytes = 12'000;  // a seed that is too large makes every execution slow
constexpr unsigned kMostSeeds = 40;    // of a target and a type

class Folder {
 public:
  explicit Folder(const fs::path& path) : path_(path) { fs::create_directories(path_); }
  void add(const Bytes& input) {
    if (input.size() > kMostBytes) return;
    std::ofstream(path_ / std::to_string(number_++), std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
  }

 private:
  fs::path path_;
  unsigned number_ = 0;
};

Bytes words(std::span<const capnp::word> message) {
  const auto bytes = std::as_bytes(message);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: fuzz_seeds FOLDER TRACE...\n";
    return 1;
  }
  Folder scans(fs::path(argv[1]) / "frame_scan"), blocks(fs::path(argv[1]) / "block_decode"),
      sums(fs::path(argv[1]) / "summaries_and_index");
  std::map<uint16_t, unsigned> seen;
  for (int i = 2; i < argc; ++i) {
    const Trace trace(open_file(argv[i]));
    FramePayload payload;
    Bytes index, summary;
    // Without the large catalogue: the frames behind it, as many as fit.
    Bytes scan;
    for (const Frame frame : trace.frames()) {
      if (!frame.is(FrameKind::kCatalogue) && scan.size() + sizeof(FrameHeader) + frame.stored_bytes <= kMostBytes) {
        const size_t before = scan.size();
        scan.resize(before + sizeof(FrameHeader) + frame.stored_bytes);
        trace.bytes().read(frame.offset, std::span(scan).subspan(before));
      }
      if (frame.is(FrameKind::kBlock) && seen[frame.type] < kMostSeeds && frame.count < UINT16_MAX) {
        if (!payload.load_groups(trace.bytes(), frame, 0xff, trace.damage())) continue;
        ++seen[frame.type];
        Bytes input;
        for (const uint16_t number : {frame.type, static_cast<uint16_t>(frame.count)}) {
          const auto* bytes = reinterpret_cast<const std::byte*>(&number);
          input.insert(input.end(), bytes, bytes + 2);
        }
        for (unsigned group = 0; group < 4; ++group) put_message(input, words(payload.group(group)));
        blocks.add(input);
      } else if (frame.is(FrameKind::kIndex)) {
        index = words(payload.load(trace.bytes(), frame, trace.damage()));
      } else if (frame.is(FrameKind::kSummary) && payload.load_groups(trace.bytes(), frame, 7, trace.damage())) {
        summary.clear();
        for (unsigned group = 0; group < 3; ++group) put_message(summary, words(payload.group(group)));
      }
    }
    scans.add(scan);
    if (summary.empty()) continue;
    Bytes input;
    put_message(input, index);
    input.insert(input.end(), summary.begin(), summary.end());
    sums.add(input);
  }
  return 0;
}
