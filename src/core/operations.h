#pragma once

namespace picus {

/// Which operations on items a process offers. The others are no methods of their paths; a path
/// without any is not there.
struct Operations {
  bool get = true;
  bool put = true;
  bool list = true;
  bool remove = true;
};

}  // namespace picus
