# The formula compiler and what it makes of formulas: tests that see the compiler and the derivations.
function(lanekdf_formula_test name)
  lanekdf_test(${name} ${name}.c program_checks.c)
  lanekdf_headers(${name} PRIVATE engine/compiler.h engine/evaluate.h engine/formula.h engine/graph.h
    engine/hash.h engine/kind.h engine/piece.h engine/prf.h engine/program.h
    engine/staging.h simd/simd.h)
  add_test(NAME ${name} COMMAND ${name} ${ARGN})
endfunction()

lanekdf_formula_test(programs ${CMAKE_CURRENT_SOURCE_DIR}/golden)
target_sources(programs PRIVATE golden_program.c)
lanekdf_formula_test(stage_programs ${CMAKE_CURRENT_SOURCE_DIR}/golden)
target_sources(stage_programs PRIVATE golden_program.c)
lanekdf_headers(stage_programs PRIVATE engine/prepared.h engine/published.h)
lanekdf_formula_test(formula_answers)
target_sources(formula_answers PRIVATE lone_task.c)
target_link_libraries(formula_answers PRIVATE OpenSSL::Crypto)
lanekdf_formula_test(formula_limits)
target_link_options(formula_limits PRIVATE -Wl,--wrap=lanekdf_kinds_begin_job)

lanekdf_formula_test(column_programs)
lanekdf_headers(column_programs PRIVATE engine/columns.h)
target_link_libraries(column_programs PRIVATE lanekdf_judged)

# What a kind of job may have.
lanekdf_test(kind_limits kind_limits.c)
lanekdf_headers(kind_limits PRIVATE engine/route.h engine/prepared.h simd/simd.h)
add_test(NAME kind_limits COMMAND kind_limits)
