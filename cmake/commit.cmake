# Writes OUTPUT, which defines picus::commit(): the commit of SOURCE, or of the variable PICUS_COMMIT where the
# sources are not a clone. Leaves the file alone when nothing changed.
function(git result)
  execute_process(COMMAND git ${ARGN} WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE failed OUTPUT_VARIABLE output
                  ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    set(output "")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

set(commit "$ENV{PICUS_COMMIT}")
if(commit STREQUAL "")
  git(commit rev-parse HEAD)
  git(changes status --porcelain)
  if(NOT changes STREQUAL "")
    string(APPEND commit -changed)
  endif()
endif()
if(commit MATCHES "^([0-9a-f]+)(.*)$")
  string(SUBSTRING ${CMAKE_MATCH_1} 0 12 commit)
  string(APPEND commit "${CMAKE_MATCH_2}")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [=[
#include "core/version.h"

namespace picus {

std::string_view commit() { return "@commit@"; }

}  // namespace picus
]=] @ONLY)
