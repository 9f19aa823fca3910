# The examples of README.md: compiled, run, and the same as README.md shows.
foreach(example example_one example_batch example_tls13)
  add_executable(${example} ${example}.c)
  target_link_libraries(${example} PRIVATE lanekdf::static)
  lanekdf_warnings(${example})
  add_test(NAME ${example} COMMAND ${example})
endforeach()
add_test(NAME readme_examples COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/readme_examples.sh)

# The recipes of docs/recipes.md: compiled and run as a test, and the same as the page shows.
lanekdf_test(recipes recipes.c)
target_link_libraries(recipes PRIVATE OpenSSL::Crypto)
add_test(NAME recipes COMMAND recipes)
