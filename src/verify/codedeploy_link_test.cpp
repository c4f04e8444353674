#include "verify/codedeploy_link.h"

#include <gtest/gtest.h>

namespace picus::verify {
namespace {

TEST(CodeDeployLink, TheEndpointIsAwssOfTheRegionUnlessOneIsGiven) {
  const auto plain = codedeploy_options({{"AWS_REGION", "eu-west-1"}});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->endpoint, "https://codedeploy.eu-west-1.amazonaws.com");
  EXPECT_EQ(codedeploy_options({{"AWS_DEFAULT_REGION", "cn-north-1"}})->endpoint,
            "https://codedeploy.cn-north-1.amazonaws.com.cn");
  const Environment both = {{"AWS_REGION", "eu-west-1"},
                            {"AWS_ENDPOINT_URL", "http://127.0.0.1:1"},
                            {"AWS_ENDPOINT_URL_CODEDEPLOY", "http://127.0.0.1:2"}};
  EXPECT_EQ(codedeploy_options(both)->endpoint, "http://127.0.0.1:2");
}

TEST(CodeDeployLink, WithoutARegionOrWithAnImpossibleEndpointThereIsNone) {
  EXPECT_EQ(codedeploy_options({{"AWS_REGION", ""}}).error(), "there is no region: set AWS_REGION");
  EXPECT_TRUE(codedeploy_options({{"AWS_REGION", "r"}, {"AWS_ENDPOINT_URL", "nowhere"}})
                  .error()
                  .starts_with("the endpoint \"nowhere\" is not allowed"));
}

}  // namespace
}  // namespace picus::verify
