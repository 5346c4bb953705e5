# SPDX-License-Identifier: MIT
# What every target of the project shares: warnings as errors, the root as include path, sanitizers.

function(spoutnik_target name)
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                         -Wnon-virtual-dtor -Woverloaded-virtual)
  if(SPOUTNIK_WARNINGS_AS_ERRORS)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 warns of strings joined at -O3 (its bug 105651).
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Wno-restrict>)
  endif()
  if(SPOUTNIK_TOGETHER)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # A local name may be one of the neighbour's unnamed namespace; the builds of single files warn of real ones.
    target_compile_options(${name} PRIVATE -Wno-shadow)
  endif()
  # The same expression must give the same bits in every translation unit: no silent fused multiply-add.
  target_compile_options(${name} PRIVATE -ffp-contract=off)
  if(SPOUTNIK_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${SPOUTNIK_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${SPOUTNIK_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ 12 takes the sanitizers' own checks for reads of uninitialised memory, in <regex> and <functional>.
      target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(SPOUTNIK_SANITIZE MATCHES "undefined")
      target_compile_options(${name} PRIVATE -fno-sanitize-recover=undefined)
    endif()
  endif()
  if(SPOUTNIK_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# spoutnik_apart(TARGET SOURCES...)
# These files are compiled alone where others are joined (SPOUTNIK_TOGETHER, and `./check tidy`): their unnamed
# namespaces have a name that a neighbour's have too.
function(spoutnik_apart target)
  set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set_property(GLOBAL APPEND PROPERTY SPOUTNIK_APART ${ARGN})
endfunction()

# spoutnik_add_test(NAME SOURCES... [LIBS ...] [LABELS ...] [TIMEOUT seconds] [COST c] [CALLS_ONLY]
#                   [ALONE file])
# One Catch2 program a room: a test of a lower room cannot link a higher one, so the arrows hold in tests too.
# COST: the longest begin first, so that none of them is left over for one core at the end.
# ALONE: the tests of that source file (without .cpp) are a test of their own, which may run beside the others.
# CALLS_ONLY: its own code is long and does no work; optimising it under a sanitizer takes longer than it saves.
function(spoutnik_add_test name)
  cmake_parse_arguments(ARG "CALLS_ONLY" "TIMEOUT;COST;ALONE" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  spoutnik_target(${name})
  if(ARG_CALLS_ONLY AND SPOUTNIK_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} spoutnik_test_main)
  target_compile_definitions(${name} PRIVATE
    SPOUTNIK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    SPOUTNIK_BINARY_DIR="${CMAKE_BINARY_DIR}"
    SPOUTNIK_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  set(tests ${name})
  if(ARG_ALONE)
    list(APPEND tests ${name}_${ARG_ALONE})
    add_test(NAME ${name} COMMAND ${name} --filenames-as-tags "~[#${ARG_ALONE}]")
    add_test(NAME ${name}_${ARG_ALONE} COMMAND ${name} --filenames-as-tags "[#${ARG_ALONE}]")
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  if(ARG_COST)
    set_tests_properties(${tests} PROPERTIES COST ${ARG_COST})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900) # against hanging: under a sanitizer, beside others, minutes are honest
  endif()
  set_tests_properties(${tests} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
