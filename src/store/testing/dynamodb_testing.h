#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/caller.h"
#include "core/no_log.h"
#include "net/client/http_pool.h"
#include "store/dynamodb/store.h"

/// What tests of the DynamoDB store share.
namespace picus {

/// The same keys for ever.
class FixedCredentials final : public aws::CredentialsSource {
 public:
  asio::awaitable<Result<std::shared_ptr<const aws::Credentials>>> get(
      std::chrono::steady_clock::time_point deadline) override;
  void invalidate(const aws::Credentials& refused) override;
};

/// A client of an endpoint, with all that it needs.
class TestClient {
 public:
  explicit TestClient(std::string endpoint);
  TestClient(std::string endpoint, aws::Caller::Options options);

  aws::Caller& operator*() { return client_; }
  Log& log() { return log_; }

  /// The answer's body; throws where there is none.
  std::string call(std::string operation, std::string body);

 private:
  NoLog log_;
  net::HttpPool pool_{net::HttpPool::Options{}};
  FixedCredentials credentials_;
  aws::Caller client_;
};

/// The endpoint of DynamoDB Local: PICUS_TEST_DYNAMODB. Throws where it is not set: who runs these
/// tests has to start it (scripts/test does).
std::string dynamodb_local();

/// A table in DynamoDB Local that lives as long as this object, and a store on it.
class TestTable {
 public:
  explicit TestTable(std::string key_attribute = "id");
  ~TestTable();
  TestTable(const TestTable&) = delete;
  TestTable& operator=(const TestTable&) = delete;

  DynamoDbStore& store() { return *store_; }
  /// Another store on the same items.
  void reopen();

  /// Calls DynamoDB with the table's name and these parameters: `,"Item":{…}`.
  std::string call(std::string operation, const std::string& parameters);
  /// An item as another program writes it: `"id":{"S":"k"}`.
  void put_attributes(const std::string& attributes);

  [[nodiscard]] const std::string& name() const { return name_; }
  TestClient& client() { return client_; }

 private:
  TestClient client_;
  std::string name_;
  std::string key_attribute_;
  std::unique_ptr<DynamoDbStore> store_;
};

}  // namespace picus
