# A static library as one object in which only the public functions are global: a program
# that embeds it can have a sha256_compress or a wipe of its own. Needs a compiler driver
# that links with -r, and objcopy; link-time optimisation's objects hold no symbols to make
# local.
set(localize_default OFF)
if(CMAKE_OBJCOPY AND CMAKE_C_COMPILER_ID MATCHES "GNU|Clang" AND UNIX AND NOT APPLE
   AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION AND NOT CMAKE_C_FLAGS MATCHES "-flto")
  set(localize_default ON)
endif()
option(LANEKDF_LOCALIZE "Make internal symbols local in the installed static library" ${localize_default})

# lanekdf_localize(new target): makes new, a static library with what is in the static
# library target, and no global symbols but those of default visibility.
function(lanekdf_localize new target)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
  list(FILTER flags INCLUDE REGEX "^-m") # -m32 and the like
  if(CMAKE_C_COMPILER_TARGET)
    list(APPEND flags --target=${CMAKE_C_COMPILER_TARGET})
  endif()

  set(object ${CMAKE_CURRENT_BINARY_DIR}/${new}${CMAKE_C_OUTPUT_EXTENSION})
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER} ${flags} -nostdlib -r -o ${object}
            -Wl,--whole-archive $<TARGET_FILE:${target}> -Wl,--no-whole-archive
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
    DEPENDS ${target}
    COMMENT "Making internal symbols of ${target} local"
    VERBATIM)
  add_library(${new} STATIC ${object})
  set_target_properties(${new} PROPERTIES
    ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${new}
    LINKER_LANGUAGE C)
  foreach(property OUTPUT_NAME EXPORT_NAME)
    get_target_property(value ${target} ${property})
    set_target_properties(${new} PROPERTIES ${property} ${value})
  endforeach()
endfunction()
