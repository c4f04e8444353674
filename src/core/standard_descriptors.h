#pragma once

namespace picus {

/// Opens /dev/null at each of the descriptors 0, 1 and 2 that is closed: 0 for reading, 1 and 2 for
/// writing. Otherwise the next file or socket would get that number, and log lines would be written
/// into it. Every main calls this first. Ends the process with exit code 1 if /dev/null cannot be
/// opened.
void open_standard_descriptors();

/// Whether descriptor 1 was open: otherwise what is written there is lost.
bool has_standard_output();

}  // namespace picus
