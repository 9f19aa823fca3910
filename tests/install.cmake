# What users link: installed, and as a part of their project. Not with sanitizers: their run-time libraries
# would have to be linked with the users' programs, too.
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
  if(LANEKDF_INSTALL)
    add_test(NAME install COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/install.sh ${CMAKE_BINARY_DIR})
  endif()
  if(LANEKDF_CLI)
    add_test(NAME installed_command
      COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/installed_command.sh ${CMAKE_BINARY_DIR})
    # What it looks at is the script that installs, and the same with any compiler.
    set_tests_properties(installed_command PROPERTIES LABELS command COST 20)
  endif()
  add_test(NAME subdirectory COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/subdirectory.sh
    ${CMAKE_C_COMPILER} ${CMAKE_NM} $<TARGET_FILE:lanekdf_static>)
endif()
add_test(NAME private_names
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/private_names.sh ${CMAKE_NM} $<TARGET_FILE:lanekdf_static>
  ${PROJECT_SOURCE_DIR}/cmake/private_names.h)
