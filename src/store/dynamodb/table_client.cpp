#include "store/dynamodb/table_client.h"

#include "aws/credentials/cached_credentials.h"

namespace picus {

namespace {

net::HttpPool::Options pool_options(const TableOptions& options) {
  net::HttpPool::Options pool;
  pool.ca_bundle = options.ca_bundle;
  return pool;
}

aws::Caller::Options client_options(const TableOptions& options, Registry* metrics) {
  aws::Caller::Options client;
  client.metrics = metrics;
  client.collection = options.name;
  client.endpoint = endpoint_of(options);
  client.region = options.region;
  client.tracer = options.tracer;
  return client;
}

}  // namespace

TableClient::TableClient(const TableOptions& options, Log& log, Registry* metrics)
    : log_(log),
      pool_(pool_options(options)),
      credentials_(std::make_unique<aws::CachedCredentials>(
          aws::default_credentials(options.environment, options.region, pool_, log_), log_)),
      client_(aws::kDynamoDb, pool_, credentials_.get(), client_options(options, metrics), &log_) {}

}  // namespace picus
