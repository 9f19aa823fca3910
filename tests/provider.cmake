# The provider of OpenSSL. Included by tests/CMakeLists.txt.
if(NOT TARGET lanekdf_provider)
  return()
endif()

# Library contexts with the provider, and counts of what reached it.
add_library(lanekdf_provider_context STATIC provider_context.c)
target_include_directories(lanekdf_provider_context PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(lanekdf_provider_context PUBLIC lanekdf_provider)
target_link_options(lanekdf_provider_context INTERFACE -Wl,--wrap=lanekdf_derive_one
  -Wl,--wrap=lanekdf_next_kdf,--wrap=lanekdf_next_hmac)
lanekdf_warnings(lanekdf_provider_context)

add_test(NAME private_names.provider COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/private_names.sh ${CMAKE_NM}
  $<TARGET_FILE:lanekdf_provider> ${PROJECT_SOURCE_DIR}/cmake/provider_names.h)

add_executable(provider_lines provider_lines.c)
target_link_libraries(provider_lines PRIVATE lanekdf_provider_context)
target_compile_definitions(provider_lines PRIVATE _GNU_SOURCE)
lanekdf_warnings(provider_lines)
add_test(NAME provider_vectors COMMAND Python3::Interpreter
  ${CMAKE_CURRENT_LIST_DIR}/provider_vectors.py $<TARGET_FILE:provider_lines>)

add_executable(provider_differences provider_differences.c rng.c)
target_link_libraries(provider_differences PRIVATE lanekdf_provider_context)
lanekdf_warnings(provider_differences)
add_test(NAME provider_differences COMMAND provider_differences)

# The module itself, by configuration files.
add_executable(provider_loading provider_loading.c)
target_link_libraries(provider_loading PRIVATE OpenSSL::Crypto PkgConfig::CMOCKA Threads::Threads)
lanekdf_warnings(provider_loading)
add_test(NAME provider_loading COMMAND provider_loading $<TARGET_FILE:lanekdf_module>)
add_test(NAME provider_loading.unusable COMMAND provider_loading $<TARGET_FILE:lanekdf_module> unusable)
set_tests_properties(provider_loading.unusable PROPERTIES ENVIRONMENT LANEKDF_KERNEL=none)

lanekdf_test(provider_leftovers provider_leftovers.c probe.c rng.c)
target_link_libraries(provider_leftovers PRIVATE lanekdf_provider_context)
add_test(NAME provider_leftovers COMMAND provider_leftovers)

# Sanitizers add calls of their own, whose paths depend on the heap.
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
  add_executable(provider_constant_time provider_constant_time.c rng.c single_step.c)
  target_link_libraries(provider_constant_time PRIVATE lanekdf_provider_context)
  lanekdf_warnings(provider_constant_time)
  add_test(NAME provider_constant_time COMMAND provider_constant_time)
  set_tests_properties(provider_constant_time PROPERTIES SKIP_RETURN_CODE 77)
endif()

add_executable(provider_libssl provider_libssl.c)
target_link_libraries(provider_libssl PRIVATE lanekdf_provider_context OpenSSL::SSL)
lanekdf_warnings(provider_libssl)
add_test(NAME provider_libssl COMMAND provider_libssl)

# Other programs that load the module lack the run-time libraries of sanitizers.
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
  add_test(NAME provider_module COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/provider_module.sh
    $<TARGET_FILE:lanekdf_module>)
  set_tests_properties(provider_module PROPERTIES SKIP_RETURN_CODE 77)
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
  add_test(NAME provider_document COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/provider_document.py
    $<TARGET_FILE:provider_loading> $<TARGET_FILE:lanekdf_module>
    ${CMAKE_C_COMPILER} ${flags} -I${PROJECT_SOURCE_DIR}/provider
    $<TARGET_FILE:lanekdf_provider> $<TARGET_FILE:lanekdf_static> -lssl -lcrypto)
endif()
