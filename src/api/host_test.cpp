#include "api/host.h"

#include <gtest/gtest.h>

#include <string_view>

namespace picus {
namespace {

TEST(Host, IsANameOrAnAddressWithAnOptionalPort) {
  for (const std::string_view text : {"localhost", "a.example:8080", "a.example:", "xn--4gbrim:1",
                                      "a_b~c", "%C3%A4", "a.example.", "1.2.3", "0x7f.1"}) {
    ASSERT_TRUE(Host::parse(text)) << text;
    EXPECT_FALSE(Host::parse(text)->is_address) << text;
  }
  for (const std::string_view text :
       {"127.0.0.1", "10.0.3.7:8080", "[::1]", "[::1]:80", "[2001:db8::7]:", "[::ffff:1.2.3.4]"}) {
    ASSERT_TRUE(Host::parse(text)) << text;
    EXPECT_TRUE(Host::parse(text)->is_address) << text;
  }
  EXPECT_EQ(Host::parse("a.example:8080")->name, "a.example");
  EXPECT_EQ(Host::parse("[::1]:80")->name, "[::1]");
  EXPECT_EQ(Host::parse("")->name, "");
}

TEST(Host, ThatIsNoneIsRefused) {
  for (const std::string_view text : {"localhost:abc",
                                      "localhost:80a",
                                      "localhost:65536",
                                      "localhost:-1",
                                      "localhost:80:80",
                                      "[::1]x",
                                      "[::1]evil",
                                      "[::1",
                                      "[]",
                                      "[127.0.0.1]",
                                      "[v1.a]",
                                      "[fe80::1%25eth0]",
                                      "::1",
                                      ":80",
                                      "a b",
                                      "a/b",
                                      "user@a",
                                      "a%",
                                      "a%2",
                                      "a%zz",
                                      "\xC3\xA4",
                                      "a\"",
                                      "<a>",
                                      "a\\b"}) {
    EXPECT_FALSE(Host::parse(text)) << text;
  }
}

TEST(Host, NamesAreComparedWithoutCaseAndFinalDot) {
  EXPECT_TRUE(Host::parse("Picus.Example.:80")->is_named("picus.example"));
  EXPECT_TRUE(Host::parse("picus.example")->is_named("PICUS.example."));
  EXPECT_FALSE(Host::parse("picus.example")->is_named("example"));
  EXPECT_FALSE(Host::parse("picus.example..")->is_named("picus.example"));
}

TEST(Host, LocalhostAndNamesUnderItAreThisMachine) {
  for (const std::string_view text :
       {"localhost", "LocalHost:80", "localhost.", "picus.localhost", "a.b.LOCALHOST."}) {
    EXPECT_TRUE(Host::parse(text)->is_localhost()) << text;
  }
  for (const std::string_view text :
       {"", ".localhost", "evillocalhost", "localhost.evil.example", "localhos", "localhost.."}) {
    EXPECT_FALSE(Host::parse(text)->is_localhost()) << text;
  }
}

}  // namespace
}  // namespace picus
