#pragma once

#include "aws/caller.h"
#include "aws/credentials/cached_credentials.h"
#include "core/log.h"
#include "core/startup_log.h"
#include "net/client/http_pool.h"
#include "store/dynamodb/table_options.h"

namespace picus {

/// The DynamoDB client of this process, with its connections and credentials.
class TableClient {
 public:
  /// `log` outlives it. Opens no connection. Logs no failures until speak(). `metrics`: counts
  /// the calls; outlives it. nullptr: nothing is counted.
  TableClient(const TableOptions& options, Log& log, Registry* metrics = nullptr);

  aws::Caller& operator*() { return client_; }
  aws::Caller* operator->() { return &client_; }

  void speak() { log_.speak(); }
  Log& log() { return log_; }

 private:
  StartupLog log_;
  net::HttpPool pool_;
  aws::CachedCredentials credentials_;
  aws::Caller client_;
};

}  // namespace picus
