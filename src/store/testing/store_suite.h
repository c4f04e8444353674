#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "core/store.h"
#include "store/testing/store_testing.h"

/// The tests that every store passes (store_suite_*_test.cpp). A store takes part by
///
///   INSTANTIATE_TEST_SUITE_P(Mine, StoreSuite, testing::Values(my_kind), name_of_kind);
namespace picus {

/// A store that begins without items, and what it needs to live.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  /// Closes the store and opens it again, on the same items.
  virtual void reopen() = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
  int lockstep_steps = 8000;  ///< fewer where each takes long

  friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

inline std::string name_of_kind(const testing::TestParamInfo<StoreKind>& info) {
  return info.param.name;
}

/// What the contract of Store promises.
class StoreSuite : public testing::TestWithParam<StoreKind> {
 protected:
  Store& store() { return under_test_->store(); }
  StoreCaller call() { return StoreCaller(store()); }
  StoreCaller call_too_late() { return StoreCaller(store(), too_late()); }

 private:
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

/// The store and its model, in lockstep.
class StoreLockstep : public testing::TestWithParam<StoreKind> {};

}  // namespace picus
