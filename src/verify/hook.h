#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "aws/codedeploy_client.h"
#include "core/ids.h"
#include "core/log.h"
#include "core/trace.h"
#include "lambda/invocation.h"
#include "net/client/http_pool.h"
#include "verify/options.h"

namespace picus::telemetry {
class Tracer;
}

namespace picus::verify {

namespace asio = boost::asio;

/// Parses the event that CodeDeploy sends to a hook; the status is not set. The error describes why
/// it is invalid.
std::expected<aws::HookStatus, std::string> decode_hook_event(std::string_view event);

/// How the time of an invocation is divided: for the checks, for the clean-up, and from
/// `clean_up_end` on for the report.
struct HookTime {
  std::chrono::steady_clock::time_point checks_end;
  std::chrono::steady_clock::time_point clean_up_end;
};
HookTime share(std::chrono::steady_clock::time_point now,
               std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds checks);

/// picus-verify as a hook of deployments: runs the checks, reports the result to CodeDeploy, and
/// logs the reasons.
class Hook {
 public:
  /// `options`: or their error, with which every deployment fails. `codedeploy`, `log` and `tracer`
  /// outlive it. `tracer`: takes a span for each deployment, to which those of the requests belong;
  /// nullptr: none.
  Hook(std::expected<Options, std::string> options, aws::CodeDeployClient& codedeploy, Log& log,
       telemetry::Tracer* tracer = nullptr);

  /// The response of the invocation. Throws lambda::FailedInvocation if the result cannot be
  /// reported to CodeDeploy.
  asio::awaitable<std::string> answer(lambda::Invocation invocation);

 private:
  asio::awaitable<std::string> verified(HookTime time, TraceContext trace);
  [[nodiscard]] TraceContext begin_trace(const lambda::Invocation& invocation) const;
  void record(const TraceContext& trace, const lambda::Invocation& invocation,
              const std::string& fault);

  std::expected<Options, std::string> options_;
  net::HttpPool pool_;
  aws::CodeDeployClient& codedeploy_;
  Log& log_;
  telemetry::Tracer* tracer_;
  IdSource ids_;
};

}  // namespace picus::verify
