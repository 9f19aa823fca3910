# The command as its users see it. Included by tests/CMakeLists.txt.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
if(TARGET lanekdf)
  add_test(NAME command
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/command.py $<TARGET_FILE:lanekdf>)
  add_test(NAME command.selftest COMMAND lanekdf selftest)

  add_test(NAME captures
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/captures.py $<TARGET_FILE:lanekdf>)
  set_tests_properties(captures PROPERTIES SKIP_RETURN_CODE 77)
endif()
