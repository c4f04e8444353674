#include "net/address.h"

#include <gtest/gtest.h>

namespace picus::net {
namespace {

std::string url(const std::string& listen) {
  const auto address = Address::parse(listen);
  return address ? address->url() : "refused";
}

TEST(Address, IsGivenBackInOneSpelling) {
  EXPECT_EQ(url("127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(url("localhost:0"), "http://127.0.0.1:0");
  EXPECT_EQ(url("0.0.0.0:65535"), "http://0.0.0.0:65535");
  EXPECT_EQ(url("[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(url("[0:0:0:0:0:0:0:1]:80"), "http://[::1]:80");
  EXPECT_EQ(url("unix:/run/../tmp/a"), "unix:/tmp/a");
  EXPECT_EQ(url("tls:localhost:8443"), "https://127.0.0.1:8443");
  EXPECT_EQ(url("tls:[::1]:8443"), "https://[::1]:8443");
}

TEST(Address, RefusesWhatIsNoneAndNamesIt) {
  for (const auto* listen : {"",
                             "8080",
                             ":8080",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:x",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1: 80",
                             "256.0.0.1:80",
                             "::1:80",
                             "[::1]",
                             "[::1:80",
                             "[]:80",
                             "example.com:80",
                             "unix:",
                             "unix:/tmp/",
                             "[127.0.0.1]:80",
                             "http://127.0.0.1:80",
                             "tls:",
                             "tls:unix:/tmp/a",
                             "tls:tls:127.0.0.1:80",
                             "tls:80"}) {
    const auto address = Address::parse(listen);
    ASSERT_FALSE(address) << listen;
    EXPECT_TRUE(address.error().contains(listen));
  }
}

TEST(Address, KnowsWhetherItIsLocal) {
  for (const auto* listen : {"127.0.0.1:80", "127.9.9.9:80", "localhost:80", "[::1]:80",
                             "tls:127.0.0.1:80", "unix:/tmp/a"}) {
    EXPECT_EQ(is_local(listen), true) << listen;
  }
  for (const auto* listen : {"0.0.0.0:80", "tls:0.0.0.0:80", "192.0.2.1:80", "[::]:80",
                             "[2001:db8::1]:80", "128.0.0.1:80"}) {
    EXPECT_EQ(is_local(listen), false) << listen;
  }
  EXPECT_FALSE(is_local("nowhere"));
}

}  // namespace
}  // namespace picus::net
