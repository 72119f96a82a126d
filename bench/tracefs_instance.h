// SPDX-License-Identifier: Apache-2.0
// A tracefs instance of our own: its buffers, events and pid filter are private to it, so that the machine's settings
// and whoever else is tracing stay untouched, and removing the directory undoes everything.
// Mounts tracefs, says so on stderr, and unmounts it in the end, where it is not mounted yet.
// Instances that a killed predecessor left behind are removed first.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

class TracefsMount {
 public:
  TracefsMount();
  TracefsMount(const TracefsMount&) = delete;
  TracefsMount& operator=(const TracefsMount&) = delete;
  ~TracefsMount();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = "/sys/kernel/tracing";
  bool mounted_here_ = false;
};

class TracefsInstance {
 public:
  explicit TracefsInstance(const TracefsMount& tracefs);
  TracefsInstance(const TracefsInstance&) = delete;
  TracefsInstance& operator=(const TracefsInstance&) = delete;
  ~TracefsInstance();

  const std::filesystem::path& path() const { return path_; }
  void write(std::string_view file, std::string_view value) const;

 private:
  std::filesystem::path path_;
};
