#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace picus {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// The address range to which this process has mapped the file (proc(5), /proc/pid/maps); LMDB does
/// not provide it. An empty range if it is unknown.
AddressRange mapped_range(int descriptor);

/// Maps zeros over a part of the map in which the file may be too short: reading there would kill
/// the process.
class Zeros {
 public:
  Zeros(int descriptor, AddressRange part, std::size_t offset);
  ~Zeros();
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;

 private:
  void map(int flags, int descriptor, off_t offset) const;

  int descriptor_;
  AddressRange part_;
  std::size_t offset_;
};

}  // namespace picus
