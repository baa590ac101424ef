# tandem_build_facts: what `tandem version` says of the build. The commit is looked up at every build, but its
# source is written, and the programs are linked again, only when it has changed. Run as a script it writes the
# source: cmake -D output=… -D source_dir=… -D git=… -D version=… -D type=… -D compiler=… -D prometheus=… -P …
if(CMAKE_SCRIPT_MODE_FILE)
  set(commit unknown)
  if(git)
    # A root that builds another user's clone would be refused without the exception.
    set(ask ${git} -c safe.directory=* -C ${source_dir})
    execute_process(COMMAND ${ask} rev-parse --show-toplevel OUTPUT_VARIABLE top ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    file(REAL_PATH ${source_dir} here)
    # An unpacked archive inside somebody's repository has no commit of its own.
    if(top STREQUAL here)
      execute_process(COMMAND ${ask} describe --always --dirty --abbrev=12 --exclude=*
        OUTPUT_VARIABLE found ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
      if(found)
        set(commit ${found})
      endif()
    endif()
  endif()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "gateway/version.hpp"

const tandem::build_facts tandem::built{"@version@", "@commit@", "@type@", "@compiler@", "@prometheus@"};
]])
  return()
endif()

find_package(Git QUIET)
get_target_property(prometheus_file prometheus-cpp::core LOCATION)
string(REGEX MATCH "[0-9]+(\\.[0-9]+)*$" prometheus_version "${prometheus_file}")
set(build_type "${CMAKE_BUILD_TYPE}")
if(TANDEM_SANITIZE)
  string(APPEND build_type " with ${TANDEM_SANITIZE} sanitizers")
endif()

set(build_facts ${PROJECT_BINARY_DIR}/generated/build_facts.cpp)
add_custom_target(tandem_look_up_commit
  COMMAND ${CMAKE_COMMAND} -D output=${build_facts} -D source_dir=${PROJECT_SOURCE_DIR} -D "git=${GIT_EXECUTABLE}"
    -D version=${PROJECT_VERSION} -D "type=${build_type}"
    -D "compiler=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -D "prometheus=${prometheus_version}"
    -P ${CMAKE_CURRENT_LIST_FILE}
  BYPRODUCTS ${build_facts}
  COMMENT "Looking up the commit" VERBATIM)
add_library(tandem_build_facts STATIC ${build_facts})
add_dependencies(tandem_build_facts tandem_look_up_commit)
target_include_directories(tandem_build_facts PRIVATE ${PROJECT_SOURCE_DIR})
