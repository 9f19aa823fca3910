# What `cmake --install` puts where: the two libraries, the header, the command, and a file each for
# pkg-config and for find_package(lanekdf), which gives the targets lanekdf::static and lanekdf::shared. All
# of it may be moved elsewhere as a whole.
option(LANEKDF_INSTALL "Install lanekdf" ${PROJECT_IS_TOP_LEVEL})
if(NOT LANEKDF_INSTALL)
  return()
endif()

include(CMakePackageConfigHelpers)

install(TARGETS lanekdf_static lanekdf_shared EXPORT lanekdf
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES engine/lanekdf.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lanekdf)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/lanekdfConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lanekdfConfigVersion.cmake DESTINATION ${package})
install(EXPORT lanekdf NAMESPACE lanekdf:: FILE lanekdfConfig.cmake DESTINATION ${package})

# Files for pkg-config name the folder that is installed to, which `cmake --install --prefix` may still
# change. Where all of it was moved elsewhere, `pkg-config --define-prefix` goes by the new place.
set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_libdir ${CMAKE_INSTALL_LIBDIR})
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
endif()
# lanekdf_install_pc(name template): installs name.pc, made of a template in cmake/.
function(lanekdf_install_pc name template)
  set(pc ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc)
  foreach(variable PROJECT_DESCRIPTION PROJECT_VERSION pc_libdir pc_includedir)
    install(CODE "set(${variable} [[${${variable}}]])")
  endforeach()
  install(CODE "configure_file([[${PROJECT_SOURCE_DIR}/cmake/${template}]] [[${pc}]] @ONLY)")
  install(FILES ${pc} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
lanekdf_install_pc(lanekdf lanekdf.pc.in)
