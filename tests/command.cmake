# The command as its users see it. Included by tests/CMakeLists.txt.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
if(TARGET lanekdf)
  set(scripts capture_cases capture_costs capture_files command_bench command_captures command_explain
    command_input command_kdf command_lines command_load command_load_merge command_load_report
    load_threads command_options command_pages command_partitions command_tls13 key_logs recipes_shown)
  foreach(name IN LISTS scripts)
    add_test(NAME ${name}
      COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/${name}.py $<TARGET_FILE:lanekdf>)
  endforeach()
  add_test(NAME command.selftest COMMAND lanekdf selftest)

  add_test(NAME hardening
    COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/hardening.sh $<TARGET_FILE:lanekdf> ${CMAKE_BUILD_TYPE})
  set_tests_properties(hardening PROPERTIES SKIP_RETURN_CODE 77)

  # The command once more, with allocations that fail.
  get_target_property(parts lanekdf LINK_LIBRARIES)
  add_executable(failing_memory failing_memory.c)
  set_target_properties(failing_memory PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(failing_memory PRIVATE ${parts})
  target_compile_definitions(failing_memory PRIVATE _GNU_SOURCE)
  target_link_options(failing_memory PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc,--wrap=free,--wrap=mmap,--wrap=munmap,--wrap=qsort)
  lanekdf_starts_fast(failing_memory)
  lanekdf_warnings(failing_memory)
  add_test(NAME command_memory COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/command_memory.py
    $<TARGET_FILE:lanekdf> $<TARGET_FILE:failing_memory>)
  list(APPEND scripts command_memory)

  add_test(NAME captures
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/captures.py $<TARGET_FILE:lanekdf>)
  add_test(NAME capture_losses
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/capture_losses.py $<TARGET_FILE:lanekdf>)
  add_test(NAME capture_tls13
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/capture_tls13.py $<TARGET_FILE:lanekdf>)
  add_test(NAME capture_mutations
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/capture_mutations.py $<TARGET_FILE:lanekdf>)
  set(with_tshark captures capture_losses capture_tls13)
  set_tests_properties(${with_tshark} PROPERTIES SKIP_RETURN_CODE 77)

  # Recorded records, decrypted under derived keys.
  add_executable(decrypt_records decrypt_records.c)
  target_link_libraries(decrypt_records PRIVATE OpenSSL::Crypto)
  target_compile_definitions(decrypt_records PRIVATE _GNU_SOURCE)
  lanekdf_warnings(decrypt_records)
  add_test(NAME decrypt
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/decrypt.py
            $<TARGET_FILE:lanekdf> $<TARGET_FILE:decrypt_records>)

  # tests/run.sh runs these in some of its builds. The time of those with the label tshark is tshark's own;
  # capture_cases and capture_mutations read what tshark once printed.
  set_tests_properties(${scripts} capture_mutations decrypt PROPERTIES LABELS command)
  set_tests_properties(${with_tshark} PROPERTIES LABELS "command;tshark" COST 30)
  # These compare the command with its documents, and with the shell's tools. What they have it print, other
  # scripts have it print, too: tests/run.sh leaves them out of the build with AddressSanitizer.
  set_tests_properties(command_pages command_partitions recipes_shown PROPERTIES LABELS "command;documents")
  # Under AddressSanitizer two fifths of a start of the command are the search for leaks at its end. Four of
  # the scripts search: between them they run each command, on lines, captures, key logs and results.
  set(without_search ${scripts} capture_mutations decrypt)
  list(REMOVE_ITEM without_search capture_cases command_bench command_lines command_load_merge)
  set_property(TEST ${without_search} APPEND PROPERTY ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)
endif()
