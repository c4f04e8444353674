#include "store/dynamodb/table_client.h"

#include <vector>

#include "core/metrics.h"

namespace picus {

namespace {

net::HttpPool::Options pool_options(const TableOptions& options) {
  net::HttpPool::Options pool;
  pool.ca_bundle = options.ca_bundle;
  return pool;
}

aws::Caller::Options client_options(const TableOptions& options, Registry* metrics) {
  aws::Caller::Options client;
  client.metrics = aws::CallMetrics::of_table(metrics, options.name);
  client.endpoint = endpoint_of(options);
  client.region = options.region;
  client.tracer = options.tracer;
  return client;
}

}  // namespace

TableClient::TableClient(const TableOptions& options, Log& log, Registry* metrics)
    : log_(log),
      pool_(pool_options(options)),
      credentials_(aws::default_credentials(options.environment, options.region, pool_, log_,
                                            aws::CallMetrics(metrics, aws::kSts)),
                   log_),
      client_(aws::kDynamoDb, pool_, &credentials_, client_options(options, metrics), &log_) {
  if (metrics == nullptr) return;
  metrics->reading({.name = "picus_aws_breaker_open",
                    .help = "Whether attempts are delayed because recent connections failed.",
                    .kind = Metric::Kind::gauge},
                   [this] { return client_.is_held_back() ? 1 : 0; });
  metrics->readings({.name = "picus_aws_credentials_expiry_seconds",
                     .help = "How long the AWS credentials are valid.",
                     .kind = Metric::Kind::gauge},
                    [this] {
                      std::vector<Reading> readings;
                      if (const auto left = credentials_.remaining()) {
                        readings.push_back({.labels = {}, .value = left->count()});
                      }
                      return readings;
                    });
}

}  // namespace picus
