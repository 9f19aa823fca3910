# Parts of lanekdf load by themselves; command_load tests them as its users meet them.
if(TARGET lanekdf_load)
  add_executable(load_histogram ${PROJECT_SOURCE_DIR}/load/histogram_test.c)
  lanekdf_warnings(load_histogram)
  target_link_libraries(load_histogram PRIVATE lanekdf_load)
  add_test(NAME load_histogram COMMAND load_histogram)
endif()
