# Every kernel is tested against the contract of simd.h, in an entry of its own. The program is linked with
# the kernels and not with the library, since nothing of the engine is needed.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

add_executable(kernels kernels.c kernel_programs.c kernel_tasks.c probe.c rng.c)
target_include_directories(kernels PRIVATE ${CMAKE_CURRENT_LIST_DIR})
lanekdf_headers(kernels PRIVATE simd/simd.h)
target_link_libraries(kernels PRIVATE lanekdf_simd PkgConfig::CMOCKA OpenSSL::Crypto)
lanekdf_warnings(kernels)

get_property(names GLOBAL PROPERTY lanekdf_kernels)
foreach(name IN LISTS names)
  add_test(NAME kernels.${name} COMMAND kernels ${name})
  set_tests_properties(kernels.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
