#include "store/lmdb/map.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <ios>
#include <limits>
#include <string>

namespace picus {

AddressRange mapped_range(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return {};
  std::ifstream maps("/proc/self/maps");
  AddressRange range;
  std::string permissions;
  std::uint64_t offset = 0;
  std::string device;
  std::uint64_t inode = 0;
  char dash = 0;
  while (maps >> std::hex >> range.begin >> dash >> range.end >> permissions >> offset >> device >>
         std::dec >> inode) {
    if (inode == status.st_ino && offset == 0 && permissions == "r--s") return range;
    maps.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return {};
}

Zeros::Zeros(int descriptor, AddressRange part, std::size_t offset)
    : descriptor_(descriptor), part_(part), offset_(offset) {
  map(MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

Zeros::~Zeros() { map(MAP_SHARED, descriptor_, static_cast<off_t>(offset_)); }

void Zeros::map(int flags, int descriptor, off_t offset) const {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel told the address as a number.
  ::mmap(reinterpret_cast<void*>(part_.begin), part_.end - part_.begin, PROT_READ,
         MAP_FIXED | flags, descriptor, offset);
}

}  // namespace picus
