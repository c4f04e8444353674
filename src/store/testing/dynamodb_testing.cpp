#include "store/testing/dynamodb_testing.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "core/run.h"

namespace picus {
namespace {

aws::Caller::Options usual_options(std::string endpoint) {
  // DynamoDB Local may take its time where all tests run at once.
  return {.endpoint = std::move(endpoint),
          .region = "eu-west-1",
          .attempt_timeout = std::chrono::seconds(20)};
}

std::string unused_name() {
  static std::atomic<unsigned> count = 0;
  return "picus-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

}  // namespace

asio::awaitable<Result<std::shared_ptr<const aws::Credentials>>> FixedCredentials::get(
    std::chrono::steady_clock::time_point /*deadline*/) {
  co_return std::make_shared<const aws::Credentials>(aws::Credentials{.access_key_id = "local",
                                                                      .secret_access_key = "local",
                                                                      .session_token = {},
                                                                      .expires = std::nullopt});
}

void FixedCredentials::invalidate(const aws::Credentials& /*refused*/) {}

TestClient::TestClient(std::string endpoint) : TestClient(endpoint, usual_options(endpoint)) {}

TestClient::TestClient(std::string endpoint, aws::Caller::Options options)
    : client_(
          aws::kDynamoDb, pool_, &credentials_,
          [&] {
            options.endpoint = std::move(endpoint);
            return std::move(options);
          }(),
          &log_) {}

std::string TestClient::call(std::string operation, std::string body) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto answer = run(client_.call(operation, std::move(body), deadline));
  if (answer) return answer->body;
  throw std::runtime_error(operation + ": " + answer.error().code + ": " + answer.error().message);
}

std::string dynamodb_local() {
  // Nobody changes the environment while tests run.
  const char* endpoint = std::getenv("PICUS_TEST_DYNAMODB");  // NOLINT(concurrency-mt-unsafe)
  if (endpoint != nullptr && *endpoint != '\0') return endpoint;
  throw std::runtime_error(
      "PICUS_TEST_DYNAMODB is not set: start DynamoDB Local and put its URL there, or run "
      "scripts/test dynamodb");
}

TestTable::TestTable(std::string key_attribute)
    : client_(dynamodb_local()), name_(unused_name()), key_attribute_(std::move(key_attribute)) {
  call("CreateTable", R"(,"AttributeDefinitions":[{"AttributeName":")" + key_attribute_ +
                          R"(","AttributeType":"S"}],"KeySchema":[{"AttributeName":")" +
                          key_attribute_ +
                          R"(","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST")");
  reopen();
}

TestTable::~TestTable() {
  // A table that stays goes with DynamoDB Local, which keeps everything in memory.
  try {
    call("DeleteTable", "");
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
  }
}

void TestTable::reopen() {
  store_ = std::make_unique<DynamoDbStore>(
      *client_, DynamoDbStore::Options{.table = name_, .key_attribute = key_attribute_},
      client_.log());
}

std::string TestTable::call(std::string operation, const std::string& parameters) {
  return client_.call(std::move(operation), R"({"TableName":")" + name_ + '"' + parameters + '}');
}

void TestTable::put_attributes(const std::string& attributes) {
  call("PutItem", R"(,"Item":{)" + attributes + '}');
}

}  // namespace picus
