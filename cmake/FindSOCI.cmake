# Debian 12's libsoci-dev ships no CMake config.
find_path(SOCI_INCLUDE_DIR NAMES soci/soci.h)
# Its header for PostgreSQL includes that of libpq.
find_path(SOCI_PQ_INCLUDE_DIR NAMES libpq-fe.h PATH_SUFFIXES postgresql)
find_library(SOCI_PQ_LIBRARY NAMES pq)
set(required SOCI_INCLUDE_DIR SOCI_PQ_INCLUDE_DIR SOCI_PQ_LIBRARY)
foreach(part IN ITEMS core sqlite3 postgresql)
  find_library(SOCI_${part}_LIBRARY NAMES soci_${part})
  list(APPEND required SOCI_${part}_LIBRARY)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS ${required})
if(SOCI_FOUND AND NOT TARGET SOCI::SOCI)
  add_library(SOCI::SOCI INTERFACE IMPORTED)
  target_include_directories(SOCI::SOCI SYSTEM INTERFACE ${SOCI_INCLUDE_DIR} ${SOCI_PQ_INCLUDE_DIR})
  target_link_libraries(SOCI::SOCI INTERFACE
    ${SOCI_sqlite3_LIBRARY} ${SOCI_postgresql_LIBRARY} ${SOCI_core_LIBRARY} ${SOCI_PQ_LIBRARY})
endif()
