# The parts of the project and the arrows between them. Every part sees its own
# folder and, of other parts, exactly the headers named here: a forwarding header
# per permitted include is made in a folder of its own under the build directory.
#
#   cli, bench, tests -> lanekdf.h      engine -> simd.h      simd -> nothing
#   kernel tests and kernel benches also -> simd.h; program tests -> compiler.h
#   what counts tasks, in bench and tests, -> context.h

# lanekdf_private_names(target): the global names that target shares with the library's inside are those
# of private_names.h.
function(lanekdf_private_names target)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:C,ASM>:SHELL:-include \"${PROJECT_SOURCE_DIR}/cmake/private_names.h\">")
endfunction()

# lanekdf_headers(target SCOPE header...): lets target include these headers, given
# relative to the top of the tree, by their bare file names. All but lanekdf.h are private.
function(lanekdf_headers target scope)
  if(NOT "${ARGN}" STREQUAL engine/lanekdf.h)
    lanekdf_private_names(${target})
  endif()
  set(folder ${CMAKE_BINARY_DIR}/headers/${target})
  foreach(header IN LISTS ARGN)
    get_filename_component(name ${header} NAME)
    file(CONFIGURE OUTPUT ${folder}/${name} CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n")
  endforeach()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${folder}>)
endfunction()

# Warnings of our own code, at a strict level. Werror only where asked for (presets):
# a newer compiler must not break a user's build.
option(LANEKDF_WERROR "Treat warnings as errors" OFF)
function(lanekdf_warnings target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:C,CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wpointer-arith -Wcast-qual
      -Wwrite-strings -Wvla -Wformat=2>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
  if(LANEKDF_WERROR)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-Werror>)
  endif()
endfunction()
