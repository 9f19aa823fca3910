# Every kernel against the contract of simd.h, one entry each. It links the kernels
# themselves, not the library: nothing of the engine is needed.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

add_executable(kernels ${CMAKE_CURRENT_LIST_DIR}/kernels.c)
set_target_properties(kernels PROPERTIES OUTPUT_NAME test_kernels)
lanekdf_headers(kernels PRIVATE simd/simd.h)
target_link_libraries(kernels PRIVATE lanekdf_simd PkgConfig::CMOCKA)
lanekdf_warnings(kernels)

# Kernels are named after their files.
get_target_property(kernel_files lanekdf_simd SOURCES)
list(FILTER kernel_files INCLUDE REGEX "^sha[0-9]+_[a-z0-9_]+\\.c$")
foreach(file IN LISTS kernel_files)
  string(REPLACE ".c" "" name ${file})
  add_test(NAME kernel.${name} COMMAND kernels ${name})
  set_tests_properties(kernel.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
