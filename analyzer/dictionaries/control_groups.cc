// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/control_groups.h"

#include <algorithm>
#include <cctype>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxGroups = 1u << 16;
constexpr size_t kShortId = 12;  // digits, as docker ps prints them

bool is_id(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// systemd writes bytes that a unit's name can't have as \xNN (systemd.unit(5)).
std::string unescape_unit(std::string_view text) {
  auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) &&
        std::isxdigit(static_cast<unsigned char>(text[i + 3]))) {
      out += static_cast<char>(digit(text[i + 2]) << 4 | digit(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool take_front(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

bool take_back(std::string_view& text, std::string_view back) {
  if (!text.ends_with(back)) return false;
  text.remove_suffix(back.size());
  return true;
}

// What one component stands for; `parent` is the one above it, `in_pod` says that kubelet made one of those above.
Container container_of_component(std::string_view name, std::string_view parent, bool in_pod) {
  std::string_view rest = name;
  if (is_id(rest)) {
    if (parent == "docker") return {"docker", std::string(rest)};
    if (parent == "libpod_parent") return {"podman", std::string(rest)};
    return {in_pod ? "kubernetes" : "", std::string(rest)};
  }
  const bool scope = take_back(rest, ".scope");
  // systemd driver: runtime-ID.scope; the cgroupfs driver of podman and CRI-O: the same without .scope; a containerd whose
  // runtime was told the one form and given the other: slice:runtime:ID.
  static constexpr std::pair<std::string_view, std::string_view> kRuntimes[] = {
      {"docker", "docker"}, {"libpod", "podman"}, {"cri-containerd", "containerd"}, {"crio", "cri-o"}};
  for (const auto& [prefix, runtime] : kRuntimes) {
    std::string_view id = rest;
    if (const auto colon = id.rfind(':'); colon != std::string_view::npos) {
      const std::string_view before = id.substr(0, colon);
      if (is_id(id.substr(colon + 1)) && (before == prefix || before.ends_with(":" + std::string(prefix))))
        return {runtime, std::string(id.substr(colon + 1))};
    }
    if (take_front(id, prefix) && take_front(id, "-") && is_id(id)) return {runtime, std::string(id)};
  }
  if (take_front(rest, "lxc.payload.")) return {"lxc", std::string(rest)};
  if (parent == "lxc" || parent == "lxc.payload") return {"lxc", std::string(name)};
  rest = name;
  if (take_front(rest, "systemd-nspawn@") && take_back(rest, ".service")) return {"nspawn", unescape_unit(rest)};
  rest = name;
  if (scope && parent == "machine.slice" && take_front(rest, "machine-") && take_back(rest, ".scope"))
    return {"machine", unescape_unit(rest)};
  return {};
}

}  // namespace

Container container_of_cgroup(std::string_view path) {
  Container innermost;
  std::string_view parent;
  bool in_pod = false;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty()) continue;
    in_pod |= name.starts_with("kubepods");
    Container found = container_of_component(name, parent, in_pod);
    if (!found.id.empty()) innermost = std::move(found);
    parent = name;
  }
  return innermost;
}

std::string short_name(const Container& container) {
  const std::string id = is_id(container.id) ? container.id.substr(0, kShortId) : container.id;
  return container.runtime.empty() || id.empty() ? id : std::string(container.runtime) + " " + id;
}

void CgroupTable::read(const trace::Trace& trace) {
  enum { kCgroup, kPath };
  trace::Block block(trace, "cgroup", {"cgroup", "path"});
  for (uint32_t position : trace.blocks_of("cgroup")) {
    if (position < frames_ || !block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const uint64_t id = block.column(kCgroup)[i];
        if (paths_.contains(id)) continue;  // a group's path doesn't change
        const auto kept =
            paths_.size() < kMaxGroups ? arena_.keep(block.text(block.column(kPath)[i]).bytes) : std::nullopt;
        if (kept)
          paths_.emplace(id, *kept);
        else
          full_ = true;
      }
    }
  }
  frames_ = trace.frames().size();
  if (full_)
    trace.shortfalls().report("more control groups are described than this program keeps; the rest have no path");
}

}  // namespace ebpftrace::analyzer
