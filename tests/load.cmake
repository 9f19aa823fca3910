# Parts of lanekdf load by themselves; command_load tests them as its users meet them.
if(TARGET lanekdf_load)
  add_executable(load_histogram ${PROJECT_SOURCE_DIR}/load/histogram_test.c)
  lanekdf_warnings(load_histogram)
  target_link_libraries(load_histogram PRIVATE lanekdf_load)
  add_test(NAME load_histogram COMMAND load_histogram)

  # Without MPI the test says that it is skipped, and counts as such.
  set(program lanekdf-load-mpi)
  if(TARGET lanekdf_load_mpi)
    set(program $<TARGET_FILE:lanekdf_load_mpi>)
  endif()
  add_test(NAME load_mpi COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/load_mpi.py
    $<TARGET_FILE:lanekdf> ${program} "${MPIEXEC_EXECUTABLE}")
  set_tests_properties(load_mpi PROPERTIES SKIP_RETURN_CODE 77 LABELS command)
endif()
