# SPDX-License-Identifier: Apache-2.0
# Run by `cmake --install` and cpack: zsh's completion of these programs, where that prefix has it. Takes build, share and
# completed, the programs. (No variable may have the name of a component: the script that installs compares with that.)
set(functions zsh/site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(functions zsh/vendor-completions) # where Debian's zsh looks
endif()
foreach(program IN LISTS completed)
  file(INSTALL ${build}/completion/${program}.zsh DESTINATION ${CMAKE_INSTALL_PREFIX}/${share}/${functions} RENAME _${program})
endforeach()
