# The formula compiler, and what a formula needs.
add_executable(test_programs programs.c)
lanekdf_headers(test_programs PRIVATE engine/compiler.h engine/evaluate.h engine/formula.h engine/graph.h
  engine/hash.h engine/kind.h engine/lane.h engine/program.h engine/wipe.h simd/simd.h)
target_link_libraries(test_programs PRIVATE lanekdf_static PkgConfig::CMOCKA OpenSSL::Crypto)
lanekdf_warnings(test_programs)
add_test(NAME programs COMMAND test_programs ${CMAKE_CURRENT_SOURCE_DIR}/golden)

# What a kind of job may have.
add_executable(kind_limits kind_limits.c)
lanekdf_headers(kind_limits PRIVATE engine/kind.h engine/prepared.h simd/simd.h)
target_link_libraries(kind_limits PRIVATE lanekdf_static PkgConfig::CMOCKA)
lanekdf_warnings(kind_limits)
add_test(NAME kind_limits COMMAND kind_limits)
