#include "cli/exposure.h"

#include <gtest/gtest.h>
#include <linux/magic.h>

namespace picus::cli {
namespace {

TEST(Exposure, FileSystemsOfOtherMachinesAreKnown) {
  EXPECT_TRUE(is_on_network(NFS_SUPER_MAGIC));
  // The kernel returns these without their sign.
  EXPECT_TRUE(is_on_network(0xFF534D42));
  EXPECT_TRUE(is_on_network(0xFE534D42));
  EXPECT_FALSE(is_on_network(EXT4_SUPER_MAGIC));
  EXPECT_FALSE(is_on_network(XFS_SUPER_MAGIC));
  EXPECT_FALSE(is_on_network(TMPFS_MAGIC));
  EXPECT_FALSE(is_on_network(0));
}

}  // namespace
}  // namespace picus::cli
