#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "aws/codedeploy_client.h"
#include "core/ids.h"
#include "core/log.h"
#include "lambda/invocation.h"
#include "net/client/http_pool.h"
#include "verify/options.h"

namespace picus::verify {

namespace asio = boost::asio;

/// What CodeDeploy sends to a hook, and no status yet; the error says what is wrong with it.
std::expected<aws::HookStatus, std::string> decode_hook_event(std::string_view event);

/// How the time of an invocation is shared: for the checks, to delete what they made, and from
/// `clean_up_end` on to report.
struct HookTime {
  std::chrono::steady_clock::time_point checks_end;
  std::chrono::steady_clock::time_point clean_up_end;
};
HookTime share(std::chrono::steady_clock::time_point now,
               std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds checks);

/// picus-verify as a hook of deployments: verifies, reports to CodeDeploy, and logs why.
class Hook {
 public:
  /// `options`, or what is wrong with them: then each deployment is told that it failed.
  /// `codedeploy` and `log` outlive it.
  Hook(std::expected<Options, std::string> options, aws::CodeDeployClient& codedeploy, Log& log);

  /// The invocation's answer. Throws lambda::FailedInvocation where CodeDeploy cannot be told.
  asio::awaitable<std::string> answer(lambda::Invocation invocation);

 private:
  asio::awaitable<std::string> verified(HookTime time);

  std::expected<Options, std::string> options_;
  net::HttpPool pool_;
  aws::CodeDeployClient& codedeploy_;
  Log& log_;
  IdSource ids_;
};

}  // namespace picus::verify
