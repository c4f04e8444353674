#include "config/table_options.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

class Table : public testing::Test {
 protected:
  [[nodiscard]] std::string error() const {
    const auto checked = check(options_);
    return checked ? "none" : checked.error();
  }

  TableOptions options_{.name = "items",
                        .region = "eu-west-1",
                        .endpoint_url = {},
                        .key_attribute = "id",
                        .ca_bundle = {},
                        .environment = {}};
};

TEST_F(Table, IsReachedAtTheEndpointOfItsRegion) {
  EXPECT_EQ(error(), "none");
  EXPECT_EQ(endpoint_of(options_), "https://dynamodb.eu-west-1.amazonaws.com");
  options_.region = "cn-north-1";
  EXPECT_EQ(endpoint_of(options_), "https://dynamodb.cn-north-1.amazonaws.com.cn");
}

TEST_F(Table, IsReachedWhereItIsSaidToBe) {
  for (const char* url :
       {"http://127.0.0.1:8000", "https://[::1]:8000", "https://dynamo.example"}) {
    options_.endpoint_url = url;
    EXPECT_EQ(error(), "none");
    EXPECT_EQ(endpoint_of(options_), url);
    options_.endpoint_url += "/";
    EXPECT_EQ(error(), "none");
    EXPECT_EQ(endpoint_of(options_), url);
  }
}

TEST_F(Table, IsNotLookedForAtWhatIsNoOrigin) {
  for (const char* url : {"localhost:8000", "ftp://host", "http://", "http://host/path",
                          "http://ho st", "http://host?x", "http://host:65536"}) {
    options_.endpoint_url = url;
    EXPECT_EQ(error(), "--endpoint-url: \"" + options_.endpoint_url +
                           "\" is not allowed: give https://HOST[:PORT] or http://HOST[:PORT]");
  }
  options_.endpoint_url = "http://user:secret@host";
  EXPECT_TRUE(error().starts_with("--endpoint-url: \"http://***@host\" is not allowed")) << error();
}

TEST_F(Table, HasANameThatDynamoDbAllows) {
  for (const char* name : {"abc", "A-b_c.9"}) {
    options_.name = name;
    EXPECT_EQ(error(), "none");
  }
  for (const std::string& name :
       {std::string("ab"), std::string("a b"), std::string("ta/ble"), std::string(256, 'a')}) {
    options_.name = name;
    EXPECT_TRUE(error().starts_with("--table: \"" + name + "\" is not allowed: give 3 to 255 "));
  }
}

TEST_F(Table, IsInARegion) {
  options_.region = "";
  EXPECT_TRUE(error().starts_with("--table needs a region: give --region or AWS_REGION"));
  options_.region = "eu west";
  EXPECT_EQ(error(), "--region: \"eu west\" is not allowed: give a region, as in eu-west-1");
}

}  // namespace
}  // namespace picus
