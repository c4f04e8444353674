#pragma once

#include <cstddef>

/// Room in a file that grows. Only for the one who may write the file just now (who holds LMDB's
/// write lock): what lies behind the file's end is then nobody's.
namespace picus {

/// Keeps some written zeros ahead of what is used, so that a commit overwrites blocks that the file
/// has: a sync after an append also commits the file system's journal, which takes about twice as
/// long (ext4). Adds about 2 MiB at most, and nothing where the file ends far before what is used.
/// Does nothing on a nearly full disk, and failure does no harm.
void preallocate(int descriptor, std::size_t used_bytes);

/// Whether the file can grow now: 0, or the errno of trying.
int try_to_grow(int descriptor);

}  // namespace picus
