# The parts of the project and the arrows between them. Every part sees its own folder and, of other parts,
# exactly the headers that its CMakeLists.txt names: a folder of its own under the build directory gets a
# forwarding header for each of them.
#
#   cli, provider -> lanekdf.h      engine -> simd.h      simd -> nothing      bench, load -> lanekdf.h, peers
#   peers, tests -> lanekdf.h, and what a target names because it looks inside the library

# lanekdf_private_names(target [list]): compiles target with the names of private_names.h, or of the list that
# is named, under which the internal functions of the library, or of the provider, stand in its objects.
function(lanekdf_private_names target)
  list(APPEND ARGN private_names)
  list(GET ARGN 0 names)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:C,ASM>:SHELL:-include \"${PROJECT_SOURCE_DIR}/cmake/${names}.h\">")
endfunction()

# lanekdf_headers(target SCOPE header...): lets target include these headers, given relative to the top of the
# tree, by their bare file names. A target that includes more than a public header needs the private names,
# too.
function(lanekdf_headers target scope)
  if(NOT "${ARGN}" MATCHES "^(engine/lanekdf|provider/lanekdf_provider)\\.h$")
    lanekdf_private_names(${target})
  endif()
  set(folder ${CMAKE_BINARY_DIR}/headers/${target})
  foreach(header IN LISTS ARGN)
    get_filename_component(name ${header} NAME)
    file(CONFIGURE OUTPUT ${folder}/${name} CONTENT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n")
  endforeach()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${folder}>)
endfunction()

# lanekdf_warnings(target): compiles target with strict warnings. They are errors only where the presets ask
# for that: a newer compiler, with warnings of its own, must not break a user's build.
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
