#include "store/testing/memory_store.h"

#include "store/testing/store_suite.h"

namespace picus {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  void reopen() override {}

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Model, StoreSuite,
                         testing::Values(StoreKind{
                             "memory", [] { return std::make_unique<MemoryUnderTest>(); }}),
                         name_of_kind);

}  // namespace
}  // namespace picus
