#include <memory>
#include <string>
#include <utility>

#include "store/lmdb/store.h"
#include "store/testing/faulty_disk.h"
#include "store/testing/store_suite.h"

// What every store promises, of the embedded one.
namespace picus {
namespace {

class LmdbUnderTest final : public StoreUnderTest {
 public:
  explicit LmdbUnderTest(LmdbStore::Durability durability) : durability_(durability) { open(); }

  Store& store() override { return *store_; }

  void reopen() override {
    store_.reset();
    open();
  }

 private:
  void open() {
    // A small map, so that it also grows under every test that writes much.
    store_ = LmdbStore::open({.directory = directory_.path(),
                              .durability = durability_,
                              .initial_map_bytes = 64UZ * 1024},
                             log_)
                 .value();
  }

  TemporaryDirectory directory_;
  RecordedLog log_;
  LmdbStore::Durability durability_;
  std::unique_ptr<LmdbStore> store_;
};

StoreKind kind(std::string name, LmdbStore::Durability durability) {
  return {.name = std::move(name),
          .make = [durability] { return std::make_unique<LmdbUnderTest>(durability); }};
}

/// Does not wait for the disk: the lockstep takes very many steps, and proves nothing about it.
class HastyLmdbUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return lmdb_.store(); }
  void reopen() override { lmdb_.reopen(); }

 private:
  SkippedSyncs skipped_;
  LmdbUnderTest lmdb_{LmdbStore::Durability::relaxed};
};

INSTANTIATE_TEST_SUITE_P(Embedded, StoreSuite,
                         testing::Values(kind("lmdb", LmdbStore::Durability::full),
                                         kind("lmdb_relaxed", LmdbStore::Durability::relaxed)),
                         name_of_kind);
INSTANTIATE_TEST_SUITE_P(Embedded, StoreLockstep,
                         testing::Values(StoreKind{
                             "lmdb", [] { return std::make_unique<HastyLmdbUnderTest>(); }}),
                         name_of_kind);

}  // namespace
}  // namespace picus
