# What users link: installed, and as a part of their project. A sanitizer's library would have to come with it.
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
  if(LANEKDF_INSTALL)
    add_test(NAME install COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/install.sh ${CMAKE_BINARY_DIR})
  endif()
  add_test(NAME subdirectory COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/subdirectory.sh ${CMAKE_C_COMPILER})
endif()
add_test(NAME private_names
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/private_names.sh ${CMAKE_NM} $<TARGET_FILE:lanekdf_static>)
