# How every part of Picus is compiled, and the two ways to declare one.

if(PICUS_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(Boost_USE_STATIC_LIBS ON)
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY NAMES zstd REQUIRED)
find_package(GTest REQUIRED)
find_path(LMDB_INCLUDE_DIR lmdb.h REQUIRED)
find_library(LMDB_LIBRARY NAMES lmdb REQUIRED)
find_path(CARES_INCLUDE_DIR ares.h REQUIRED)
find_library(CARES_LIBRARY NAMES cares REQUIRED)

# Link-time optimisation keeps what it compiled, as ccache does, for every checkout of this user.
if(DEFINED ENV{XDG_CACHE_HOME})
  set(thinlto_cache "$ENV{XDG_CACHE_HOME}/picus/thinlto")
elseif(DEFINED ENV{HOME})
  set(thinlto_cache "$ENV{HOME}/.cache/picus/thinlto")
else()
  set(thinlto_cache ${PROJECT_BINARY_DIR}/thinlto)
endif()
set(thinlto_policy prune_after=336h:cache_size_bytes=1g)

add_library(picus_flags INTERFACE)
target_compile_features(picus_flags INTERFACE cxx_std_23)
target_compile_options(picus_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch-enum -Werror
  # Where the sources lie on this machine gets into no program: builds are alike wherever they are made.
  -ffile-prefix-map=${PROJECT_BINARY_DIR}/=build/ -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
  $<$<CONFIG:Release>:-fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections>)
target_link_options(picus_flags INTERFACE
  # Static, and still at a random address, unless the program is to start without moving itself there.
  $<$<BOOL:${PICUS_STATIC}>:$<IF:$<BOOL:$<TARGET_PROPERTY:PICUS_FIXED_ADDRESS>>,-static,-static-pie>>
  # Packed, the relocations of a program that can lie at any address take 10 KiB in place of 600.
  $<$<CONFIG:Release>:-Wl,--gc-sections,--icf=safe,--pack-dyn-relocs=relr,-z,relro,-z,now,--build-id=sha1>
  $<$<CONFIG:Release>:-Wl,--thinlto-jobs=2,--thinlto-cache-dir=${thinlto_cache}>
  $<$<CONFIG:Release>:-Wl,--thinlto-cache-policy=${thinlto_policy}>
  # Which files went into the program, for the bill of materials of the image.
  $<$<CONFIG:Release>:-Wl,--dependency-file=$<TARGET_PROPERTY:NAME>.linked>)
target_compile_definitions(picus_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  # So many frames of coroutines a thread keeps for the next ones. With fewer, a get takes some from malloc() each time.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=6)
target_include_directories(picus_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(picus_flags INTERFACE Threads::Threads)

# picus_library(core SOURCES … LINK …): a folder of src/ as the target picus_core. LINK says whom it may include.
# COLD: no request depends on its speed; it is compiled for size, except for the sources after HOT.
function(picus_library name)
  cmake_parse_arguments(ARG "COLD" "" "SOURCES;HOT;LINK" ${ARGN})
  add_library(picus_${name} STATIC ${ARG_HOT} ${ARG_SOURCES})
  set_source_files_properties(${ARG_HOT} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
  target_link_libraries(picus_${name} PUBLIC picus_flags ${ARG_LINK})
  target_compile_options(picus_${name} PRIVATE $<$<AND:$<CONFIG:Release>,$<BOOL:${ARG_COLD}>>:-Oz>)
endfunction()

# Every program that picus_test declares.
add_custom_target(unit_tests)

# picus_test(core SOURCES … LINK …): the unit tests of a folder, as one program that ctest runs test by test.
# SLOW: ctest starts them before the others, so that no core waits for the last one.
function(picus_test name)
  cmake_parse_arguments(ARG "SLOW" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE picus_flags ${ARG_LINK} GTest::gtest_main)
  include(GoogleTest)
  add_dependencies(unit_tests ${name}_test)
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 120 COST $<BOOL:${ARG_SLOW}>)
endfunction()
