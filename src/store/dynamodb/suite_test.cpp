#include <memory>

#include "store/testing/dynamodb_testing.h"
#include "store/testing/store_suite.h"

// What every store promises, of the one in DynamoDB.
namespace picus {
namespace {

class DynamoDbUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return table_.store(); }
  void reopen() override { table_.reopen(); }

 private:
  TestTable table_;
};

const StoreKind kDynamoDb{.name = "dynamodb",
                          .make = [] { return std::make_unique<DynamoDbUnderTest>(); },
                          .lockstep_steps = 1000};

INSTANTIATE_TEST_SUITE_P(DynamoDb, StoreSuite, testing::Values(kDynamoDb), name_of_kind);
INSTANTIATE_TEST_SUITE_P(DynamoDb, StoreLockstep, testing::Values(kDynamoDb), name_of_kind);

}  // namespace
}  // namespace picus
