#pragma once

#include <cstddef>

/// Space in a growing file. Only for the holder of the write lock of LMDB: no other process then
/// uses the space after the end of the file.
namespace picus {

/// Writes zeros after the used part, so that a commit overwrites existing blocks: a sync after an
/// append also commits the journal of the file system, which takes about twice as long (ext4). Adds
/// at most about 2 MiB, and nothing if the file ends far before the used part. Does nothing on a
/// nearly full disk; a failure has no effect.
void preallocate(int descriptor, std::size_t used_bytes);

/// Whether the file can grow now: 0, or the errno of the attempt.
int try_to_grow(int descriptor);

}  // namespace picus
