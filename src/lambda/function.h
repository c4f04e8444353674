#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/api.h"
#include "core/log.h"
#include "lambda/event.h"
#include "lambda/invocation.h"

namespace picus::lambda {

/// The API as a Lambda function: from an event to its answer, and a log line for each.
/// `api` and `log` outlive it.
class Function {
 public:
  Function(Api& api, Log& log) : api_(api), log_(log) {}

  /// What is to be posted as the invocation's response. Whatever goes wrong is a problem answer.
  asio::awaitable<std::string> answer(Invocation invocation);

 private:
  struct Answered;
  asio::awaitable<Answered> answer_to(const Event* event, const Invocation* invocation);
  asio::awaitable<Answered> serve(const Event* event, const Invocation* invocation);
  asio::awaitable<Answered> attempt(const Event* event, const Invocation* invocation,
                                    std::size_t list_bytes);
  Answered turn_away(const NoEvent& none, std::size_t event_bytes);
  Answered refuse(std::optional<Source> source, Error error, std::string_view request_id);

  Api& api_;
  Log& log_;
};

}  // namespace picus::lambda
