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

/// The API as a Lambda function: from an event to its answer, and a log line for each.
/// `api` and `log` outlive it.
class Function {
 public:
  /// `base_path`: of a custom domain, as in `/store`; empty: none.
  Function(Api& api, Log& log, std::string base_path = {})
      : api_(api), log_(log), base_path_(std::move(base_path)) {}

  /// What is to be posted as the invocation's response; whatever goes wrong in a request is a
  /// problem. Throws FailedInvocation for an event that is no HTTP request: a success would let
  /// Lambda delete a message that nobody has read.
  asio::awaitable<std::string> answer(Invocation invocation);

 private:
  struct Answered;
  asio::awaitable<Answered> answer_to(const Event* event, const Invocation* invocation);
  asio::awaitable<Answered> serve(const Event* event, const Invocation* invocation);
  asio::awaitable<Answered> attempt(const Event* event, const Invocation* invocation,
                                    std::size_t list_bytes);
  Answered turn_away(const NoEvent& none, std::size_t event_bytes);
  Answered refuse(Source source, Error error, std::string_view request_id,
                  std::span<const HeaderView> headers);

  Api& api_;
  Log& log_;
  std::string base_path_;
};

}  // namespace picus::lambda
