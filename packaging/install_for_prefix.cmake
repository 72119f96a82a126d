# SPDX-License-Identifier: Apache-2.0
# Run by `cmake --install` and cpack: what names the place that it is installed to. Takes source, build, bin.
set(prefix ${CMAKE_INSTALL_PREFIX})
set(etc ${prefix}/etc)
if(prefix STREQUAL "/usr")
  set(etc /etc)
endif()

file(INSTALL ${source}/ebpf-record.conf DESTINATION ${etc})

set(EBPF_RECORD ${prefix}/${bin}/ebpf-record)
set(RECORD_MACHINE ${prefix}/libexec/ebpf-trace/record-machine)
set(CONFIGURATION ${etc}/ebpf-record.conf)
foreach(name ebpf-record.service record-machine)
  configure_file(${source}/${name}.in ${build}/${name} @ONLY)
endforeach()
file(INSTALL ${build}/ebpf-record.service DESTINATION ${prefix}/lib/systemd/system)
file(INSTALL ${build}/record-machine DESTINATION ${prefix}/libexec/ebpf-trace
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
