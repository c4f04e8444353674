#pragma once

namespace picus {

/// The operations on items that a process offers. Other operations are not methods of their paths;
/// a path without methods does not exist.
struct Operations {
  bool get = true;
  bool put = true;
  bool list = true;
  bool remove = true;
};

}  // namespace picus
