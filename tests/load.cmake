# Parts of lanekdf load by themselves; command_load tests them as its users meet them.
if(TARGET lanekdf_load)
  foreach(part histogram mix)
    add_executable(load_${part} ${PROJECT_SOURCE_DIR}/load/${part}_test.c)
    lanekdf_headers(load_${part} PRIVATE engine/lanekdf.h)
    lanekdf_warnings(load_${part})
    target_link_libraries(load_${part} PRIVATE lanekdf_load)
    add_test(NAME load_${part} COMMAND load_${part})
  endforeach()

  # Without MPI the test says that it is skipped, and counts as such.
  set(program lanekdf-load-mpi)
  set(of_one_thread none)
  if(TARGET lanekdf_load_mpi)
    add_library(mpi_of_one_thread MODULE mpi_of_one_thread.c)
    lanekdf_warnings(mpi_of_one_thread)
    set(program $<TARGET_FILE:lanekdf_load_mpi>)
    set(of_one_thread $<TARGET_FILE:mpi_of_one_thread>)
  endif()
  add_test(NAME load_mpi COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/load_mpi.py
    $<TARGET_FILE:lanekdf> ${program} "${MPIEXEC_EXECUTABLE}" ${of_one_thread})
  set_tests_properties(load_mpi PROPERTIES SKIP_RETURN_CODE 77 LABELS command)
endif()
