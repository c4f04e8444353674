#include "store/dynamodb/capacity.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

TEST(ConsumedCapacity, IsReadFromTheResponseInThousandths) {
  EXPECT_EQ(consumed_milliunits(R"({"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}})"),
            500);
  EXPECT_EQ(consumed_milliunits(
                R"({"Items":[],"Count":0,"ConsumedCapacity":{"CapacityUnits":128.0,"T":{}}})"),
            128'000);
  EXPECT_EQ(consumed_milliunits(R"({"ConsumedCapacity":{"CapacityUnits":7}})"), 7000);
  EXPECT_EQ(consumed_milliunits(R"({"ConsumedCapacity":{"CapacityUnits":1.23456}})"), 1234);
}

TEST(ConsumedCapacity, IsZeroWhereTheResponseHasNone) {
  for (const std::string_view response :
       {"{}", "", "x", R"({"ConsumedCapacity":null})", R"({"ConsumedCapacity":{}})",
        R"({"ConsumedCapacity":{"CapacityUnits":"5"}})"}) {
    EXPECT_EQ(consumed_milliunits(response), 0) << response;
  }
}

TEST(ConsumedCapacity, AnItemThatLooksLikeItIsNotCounted) {
  EXPECT_EQ(consumed_milliunits(R"({"Item":{"ConsumedCapacity":{"M":{"CapacityUnits":{"N":"9"}}}},)"
                                R"("ConsumedCapacity":{"CapacityUnits":1.0}})"),
            1000);
}

TEST(ConsumedCapacity, IsRequestedForTheOperationsThatReportIt) {
  Registry registry;
  const ConsumedCapacity capacity(&registry);
  EXPECT_TRUE(capacity.counts("GetItem"));
  EXPECT_FALSE(capacity.counts("DescribeTable"));
  EXPECT_FALSE(ConsumedCapacity(nullptr).counts("GetItem"));
  std::string body = R"({"TableName":"t"})";
  ConsumedCapacity::request(body);
  EXPECT_EQ(body, R"({"ReturnConsumedCapacity":"TOTAL","TableName":"t"})");
}

}  // namespace
}  // namespace picus
