# A sanitizer's library would have to come with it.
if(LANEKDF_INSTALL AND NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
  add_test(NAME install COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/install.sh ${CMAKE_BINARY_DIR})
endif()
