#pragma once

#include <expected>
#include <string>
#include <vector>

#include "api/api.h"
#include "config/access_options.h"
#include "config/layers.h"
#include "config/metrics_options.h"
#include "config/setting.h"
#include "config/table_options.h"
#include "config/trace_options.h"
#include "core/log.h"

namespace picus {

/// The options of the Lambda function, from variables only.
struct LambdaOptions {
  AccessOptions access;
  ApiOptions api;
  TableOptions table;
  TraceOptions traces;
  MetricsOptions metrics;
  OtlpOptions otlp;  ///< of `traces` and the environment
  /// PICUS_AUTH_EVENT_IAM: a request that API Gateway or a function URL has authorized with IAM
  /// needs no token.
  bool trusts_iam = false;
  std::string base_path = {};  ///< of a custom domain: `/store`; empty: none
  Level log_level = Level::info;
  bool access_log = true;
};

/// The settings of the function; they assign to `to`, which outlives them.
std::vector<Setting> settings_of(LambdaOptions& to);

/// Reads the environment into `to`. Returns warnings; the error is for the operator.
std::expected<std::vector<std::string>, std::string> read_variables(const Environment& environment,
                                                                    LambdaOptions& to);

}  // namespace picus
