#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "api/api.h"
#include "core/log.h"
#include "lambda/event.h"
#include "lambda/invocation.h"

namespace picus::lambda {

/// The API as a Lambda function: makes the response to an event, and logs each request. `api` and
/// `log` outlive it.
class Function {
 public:
  /// `base_path`: of a custom domain, as in `/store`; empty: none. `trusts_iam`: a request that its
  /// source has authorized with IAM needs no token.
  Function(Api& api, Log& log, std::string base_path = {}, bool trusts_iam = false)
      : api_(api), log_(log), base_path_(std::move(base_path)), trusts_iam_(trusts_iam) {}

  /// The response to post for the invocation; an error of a request becomes a problem. Throws
  /// FailedInvocation for an event that is not an HTTP request: after a success, Lambda would
  /// delete a message that was not processed.
  asio::awaitable<std::string> answer(Invocation invocation);

 private:
  struct Answered;
  asio::awaitable<Answered> answer_to(const Event* event, const Invocation* invocation,
                                      const TraceContext* trace);
  asio::awaitable<Answered> serve(const Event* event, const Invocation* invocation,
                                  const TraceContext* trace);
  asio::awaitable<Answered> attempt(const Event* event, const Invocation* invocation,
                                    const TraceContext* trace, std::size_t list_bytes);
  Answered turn_away(const NoEvent& none, std::size_t event_bytes);
  Answered refuse(Source source, Error error, std::string_view request_id,
                  std::span<const HeaderView> headers);

  Api& api_;
  Log& log_;
  std::string base_path_;
  bool trusts_iam_;
  bool has_answered_ = false;  ///< an invocation
};

}  // namespace picus::lambda
