#include "config/lambda_options.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

const Environment kEnough = {{"PICUS_TABLE", "items"}, {"AWS_REGION", "eu-west-1"}};

Environment with(std::string name, std::string value) {
  Environment environment = kEnough;
  environment[std::move(name)] = std::move(value);
  return environment;
}

TEST(LambdaOptions, ATableAndARegionAreEnough) {
  LambdaOptions options;
  const auto warnings = read_variables(kEnough, options);
  ASSERT_TRUE(warnings);
  EXPECT_TRUE(warnings->empty());
  EXPECT_EQ(options.table.name, "items");
  EXPECT_EQ(options.table.region, "eu-west-1");
  EXPECT_EQ(options.table.key_attribute, "id");
  EXPECT_TRUE(options.api.operations.get && options.api.operations.remove);
  EXPECT_FALSE(options.api.version.empty());
}

TEST(LambdaOptions, WithoutATableItDoesNotStart) {
  LambdaOptions options;
  EXPECT_FALSE(read_variables({{"AWS_REGION", "eu-west-1"}}, options));
}

TEST(LambdaOptions, AWrongValueIsNamedWithItsVariable) {
  LambdaOptions options;
  const auto wrong = read_variables(with("PICUS_OPERATIONS", "read"), options);
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().contains("PICUS_OPERATIONS")) << wrong.error();
}

TEST(LambdaOptions, OperationsLimitWhatIsOffered) {
  LambdaOptions options;
  ASSERT_TRUE(read_variables(with("PICUS_OPERATIONS", "delete"), options));
  EXPECT_TRUE(options.api.operations.remove);
  EXPECT_FALSE(options.api.operations.get || options.api.operations.put ||
               options.api.operations.list);
}

TEST(LambdaOptions, ABasePathIsAPathWithoutASlashAtItsEnd) {
  LambdaOptions options;
  ASSERT_TRUE(read_variables(with("PICUS_BASE_PATH", "/store/v1"), options));
  EXPECT_EQ(options.base_path, "/store/v1");
  for (const char* wrong :
       {"store", "/", "/store/", "//store", "/a b", "/a%20b", "/a?b", "/\xc3\xa9"}) {
    const auto read = read_variables(with("PICUS_BASE_PATH", wrong), options);
    ASSERT_FALSE(read) << wrong;
    EXPECT_TRUE(read.error().contains("PICUS_BASE_PATH")) << read.error();
  }
}

TEST(LambdaOptions, OriginsOfPagesAreSeparatedByCommas) {
  LambdaOptions options;
  ASSERT_TRUE(read_variables(with("PICUS_CORS_ORIGIN", "https://a, http://b:1"), options));
  EXPECT_EQ(options.api.cors_origins, (std::vector<std::string>{"https://a", "http://b:1"}));
}

TEST(LambdaOptions, AProxyThatWouldBeUsedIsWarnedOf) {
  const auto warned = [](Environment environment) {
    environment.insert(kEnough.begin(), kEnough.end());
    LambdaOptions options;
    const auto warnings = read_variables(environment, options);
    return warnings && !warnings->empty() ? warnings->front() : std::string();
  };
  const std::string warning = warned({{"HTTPS_PROXY", "http://proxy:3128"}});
  EXPECT_TRUE(warning.starts_with("HTTPS_PROXY is ignored: ")) << warning;
  EXPECT_TRUE(warning.contains("https://dynamodb.eu-west-1.amazonaws.com")) << warning;
  EXPECT_FALSE(warned({{"all_proxy", "x"}, {"no_proxy", "localhost"}}).empty());
  EXPECT_FALSE(warned({{"http_proxy", "x"}, {"PICUS_ENDPOINT_URL", "http://db:8000"}}).empty());
  EXPECT_EQ(warned({{"http_proxy", "x"}}), "");
  EXPECT_EQ(warned({{"https_proxy", "x"}, {"PICUS_ENDPOINT_URL", "http://db:8000"}}), "");
  for (const char* direct : {"*", "a, amazonaws.com", ".eu-west-1.amazonaws.com"}) {
    EXPECT_EQ(warned({{"https_proxy", "x"}, {"NO_PROXY", direct}}), "") << direct;
  }
  EXPECT_FALSE(warned({{"https_proxy", "x"}, {"NO_PROXY", "zonaws.com"}}).empty());
}

TEST(LambdaOptions, AVariableOfNoSettingIsAWarning) {
  LambdaOptions options;
  const auto warnings = read_variables(with("PICUS_TABEL", "x"), options);
  ASSERT_TRUE(warnings);
  EXPECT_EQ(warnings->size(), 1U);
}

}  // namespace
}  // namespace picus
