#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace picus {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// Where this process has the file mapped (proc(5), /proc/pid/maps); LMDB does not tell. Nothing is
/// an empty range.
AddressRange mapped_range(int descriptor);

/// Zeros over a part of the file's map, where the file may be shorter: reading there would kill the
/// process.
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
