#include "verify/options.h"

#include <gtest/gtest.h>

namespace picus::verify {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

TEST(VerifyOptions, AFlagCountsBeforeItsVariableAndThatBeforeTheDefault) {
  const Environment environment = {{"PICUS_VERIFY_TIMEOUT", "7s"},
                                   {"PICUS_VERIFY_PATIENCE", "1s"},
                                   {"PICUS_VERIFY_URL", "http://variable"}};
  Options options;
  ASSERT_TRUE(read_options(Words{"--timeout=9s", "https://word:8443"}, environment, options));
  EXPECT_EQ(options.url, "https://word:8443");
  EXPECT_EQ(options.timeout, 9s);
  EXPECT_EQ(options.patience, 1s);
  EXPECT_EQ(options.request_timeout, 5s);
  EXPECT_EQ(options.expect_version, "");
}

TEST(VerifyOptions, AFunctionHasVariablesAlone) {
  const auto options =
      options_of({{"PICUS_VERIFY_URL", "http://variable"}, {"PICUS_VERIFY_VERSION", "1.2.3"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->url, "http://variable");
  EXPECT_EQ(options->expect_version, "1.2.3");
  EXPECT_EQ(options_of({{"PICUS_VERIFY_URL", "http://a"}, {"PICUS_VERIFY_TIMEOUT", "x"}}).error(),
            "PICUS_VERIFY_TIMEOUT: \"x\" is not allowed: give a duration from 100ms to 10m, as in "
            "500ms, 75s or 2m");
}

}  // namespace
}  // namespace picus::verify
