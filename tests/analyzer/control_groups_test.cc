// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/control_groups.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOther(64, 'f');

std::string named(const std::string& path) {
  const Container container = container_of_cgroup(path);
  return std::string(container.runtime) + " " +
         (container.id == kId      ? "ID"
          : container.id == kOther ? "OTHER"
                                   : container.id);
}

TEST(Container, OfThePathsThatRuntimesMake) {
  const std::string pod = "pod01234567_89ab_cdef";
  EXPECT_EQ(named("/system.slice/docker-" + kId + ".scope"), "docker ID");
  EXPECT_EQ(named("/docker/" + kId), "docker ID");
  EXPECT_EQ(named("/docker/" + kId + "/init.scope"), "docker ID");
  EXPECT_EQ(named("/machine.slice/libpod-" + kId + ".scope/container"), "podman ID");
  EXPECT_EQ(named("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"), "podman ID");
  EXPECT_EQ(named("/libpod_parent/libpod-" + kId), "podman ID");
  EXPECT_EQ(named("/libpod_parent/" + kId), "podman ID");
  EXPECT_EQ(named("/kubepods.slice/kubepods-" + pod + ".slice/cri-containerd-" + kId + ".scope"), "containerd ID");
  EXPECT_EQ(named("/system.slice/kubepods-" + pod + ".slice:cri-containerd:" + kId), "containerd ID");
  EXPECT_EQ(named("/kubepods.slice/kubepods-" + pod + ".slice/crio-" + kId + ".scope"), "cri-o ID");
  EXPECT_EQ(named("/kubepods/burstable/" + pod + "/" + kId), "kubernetes ID");
  EXPECT_EQ(named("/lxc/web"), "lxc web");
  EXPECT_EQ(named("/lxc.payload.web/init.scope"), "lxc web");
  EXPECT_EQ(named("/lxc.payload/web"), "lxc web");
  EXPECT_EQ(named("/machine.slice/systemd-nspawn@deb\\x2d12.service/payload"), "nspawn deb-12");
  EXPECT_EQ(named("/machine.slice/machine-deb\\x2d12.scope"), "machine deb-12");
  EXPECT_EQ(named("/default/" + kId), " ID");
}

TEST(Container, TheInnermostOfNestedOnes) {
  EXPECT_EQ(named("/docker/" + kId + "/docker/" + kOther), "docker OTHER");
  EXPECT_EQ(named("/lxc.payload.web/system.slice/docker-" + kId + ".scope"), "docker ID");
}

TEST(Container, NoneElsewhere) {
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("/user.slice/user-0.slice/session-3.scope"),
        "/system.slice/crio-conmon-" + kId + ".scope", "/machine.slice/libpod-conmon-" + kId + ".scope",
        "/docker/" + kId.substr(1), "/system.slice/docker-" + kId.substr(2) + ".scope", std::string("/lxc.monitor.web"),
        std::string("/system.slice/docker.service"), std::string("/lxc"), std::string("/a\\x2"), std::string("////")})
    EXPECT_EQ(container_of_cgroup(path).id, "") << path;
}

TEST(Container, ShortNames) {
  EXPECT_EQ(short_name(container_of_cgroup("/docker/" + kId)), "docker 0123456789ab");
  EXPECT_EQ(short_name(container_of_cgroup("/x/" + kId)), "0123456789ab");
  EXPECT_EQ(short_name(container_of_cgroup("/lxc/a-name-that-is-not-an-id")), "lxc a-name-that-is-not-an-id");
  EXPECT_EQ(short_name({}), "");
}

}  // namespace
}  // namespace ebpftrace::analyzer
