#include "cli/share.h"

#include <gtest/gtest.h>

namespace picus::cli {
namespace {

using Addresses = std::vector<std::string>;

TEST(Share, ListensOnAllAddressesInsteadOfTheDefault) {
  ServeOptions options;
  EXPECT_FALSE(share(options).empty());
  EXPECT_EQ(options.server.listen, Addresses{"0.0.0.0:8080"});
  EXPECT_TRUE(options.access.is_on());
}

TEST(Share, KeepsAddressesThatWereChosen) {
  const Addresses chosen = {"127.0.0.1:9000", "unix:/tmp/picus"};
  ServeOptions options;
  options.server.listen = chosen;
  share(options);
  EXPECT_EQ(options.server.listen, chosen);
}

}  // namespace
}  // namespace picus::cli
