# MemorySanitizer must have instrumented everything that runs: this test does without cmocka and libcrypto.
add_executable(constant_time constant_time.c job_kinds.c kernel_argument.c rng.c)
target_include_directories(constant_time PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
lanekdf_headers(constant_time PRIVATE engine/reference.h simd/simd.h)
target_link_libraries(constant_time PRIVATE lanekdf::static)
# With a frame pointer, rbp holds an address, and nothing in which two runs may differ.
target_compile_options(constant_time PRIVATE -fno-omit-frame-pointer)
lanekdf_warnings(constant_time)
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize=address")
  lanekdf_test_each_kernel(constant_time)
  # The kernels of the other families run by themselves, without the engine.
  get_property(others GLOBAL PROPERTY lanekdf_kernels)
  list(REMOVE_ITEM others ${kernels})
  foreach(kernel IN LISTS others)
    add_test(NAME constant_time.${kernel} COMMAND constant_time ${kernel})
    set_tests_properties(constant_time.${kernel} PROPERTIES SKIP_RETURN_CODE 77)
  endforeach()
endif()
