#include "verify/server.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "core/concat.h"
#include "json/member.h"

namespace picus::verify {

namespace json = boost::json;
using picus::json::object_of;
using picus::json::text_of;

namespace {

using net::HttpResponse;

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 80;
  return '"' + std::string(text.substr(0, kMost)) + (text.size() > kMost ? "…\"" : "\"");
}

/// What is wrong with a problem (RFC 9457); empty: nothing.
std::string fault_of_problem(const HttpResponse& answer, const Expected& expected,
                             std::string_view request_id) {
  if (answer.header("content-type") != "application/problem+json") {
    return "a Content-Type " + in_quotes(answer.header("content-type")) +
           ", not application/problem+json";
  }
  const auto problem = object_of(answer.body);
  if (!problem) return "a problem that is not a JSON object";
  const std::string code = text_of(*problem, "code");
  if (code != expected.problem) {
    return "the problem " + in_quotes(code) + ", not " + in_quotes(expected.problem);
  }
  const std::array<std::pair<std::string_view, std::string>, 2> exact{
      {{"type", "urn:picus:problem:" + code}, {"request_id", std::string(request_id)}}};
  for (const auto& [name, value] : exact) {
    if (text_of(*problem, name) != value) {
      return "a problem whose " + std::string(name) + " is " + in_quotes(text_of(*problem, name)) +
             ", not " + in_quotes(value);
    }
  }
  const json::value* status = problem->if_contains("status");
  if (status == nullptr || *status != expected.status) {
    return "a problem with another status in its body";
  }
  const json::value* retryable = problem->if_contains("retryable");
  const bool is_whole = retryable != nullptr && retryable->is_bool() &&
                        !text_of(*problem, "title").empty() && !text_of(*problem, "detail").empty();
  return is_whole ? std::string() : "a problem without title, detail or retryable";
}

}  // namespace

std::string member_of(std::string_view text, std::string_view name) {
  const auto object = object_of(text);
  return object ? text_of(*object, name) : std::string();
}

std::string fault_of(const HttpResponse& answer, const Expected& expected,
                     std::string_view request_id) {
  if (answer.status != expected.status) {
    const std::string code = member_of(answer.body, "code");
    return concat(answer.status, (code.empty() ? "" : " " + code), ", not ", expected.status,
                  (expected.problem.empty() ? "" : " " + std::string(expected.problem)));
  }
  if (answer.header("x-request-id") != request_id) {
    return "the X-Request-Id " + in_quotes(answer.header("x-request-id")) + ", not " +
           in_quotes(request_id) + ", which was sent";
  }
  return expected.problem.empty() ? std::string() : fault_of_problem(answer, expected, request_id);
}

Server::Server(net::HttpPool& pool, CreatedItems& created, Options options)
    : pool_(pool),
      created_(created),
      options_(std::move(options)),
      authorization_(options_.proof) {}

std::string Server::request_id() const { return concat(options_.run, "-", asked_); }

std::string Server::refusal_in(const net::HttpResponse& answer) const {
  const std::string code = member_of(answer.body, "code");
  std::string refusal = concat(answer.status, " ", code, ": ");
  if (code == "insufficient-scope") {
    return refusal + "the token needs items:read, items:write and items:delete";
  }
  if (code != "unauthenticated") return {};
  return refusal + (options_.proof.is_given()
                        ? "`picus token show` prints why the server refuses the token"
                        : "give a token with --token-file FILE, PICUS_TOKEN or --token aws");
}

void Server::note_failure(const Question& question, const net::TransportError& error, bool is_new) {
  if (question.makes.empty()) return;
  if (error.sent) {
    created_.doubt(question.makes, Clock::now());
  } else if (is_new) {
    created_.gone(question.makes);
  }
}

std::string Server::words_of(const net::TransportError& error, Clock::time_point until) const {
  if (error.kind != net::TransportError::Kind::timeout) return error.text();
  if (until == deadline_) return "no response before the end of the time for all checks";
  return concat("no response within ", options_.timeout.count(), " ms");
}

asio::awaitable<Asked> Server::send(Question question) {
  if (stopped()) co_return std::unexpected("interrupted");
  const auto now = Clock::now();
  if (now >= deadline_) co_return std::unexpected("the time for all checks is over");
  auto authorization = co_await authorization_.value();
  if (!authorization) co_return std::unexpected(std::move(authorization.error()));
  if (*authorization) {
    question.headers.push_back({"Authorization", std::move(**authorization)});
  }
  ++asked_;
  const bool is_new = !question.makes.empty() && created_.expect(question.makes);
  net::HttpRequest request{.origin = options_.origin,
                           .method = question.method,
                           .target = question.target,
                           .headers = std::move(question.headers),
                           .body = question.body};
  request.headers.push_back({"X-Request-Id", request_id()});
  if (!options_.traceparent.empty()) {
    request.headers.push_back({"traceparent", options_.traceparent});
  }
  const auto until = std::min(deadline_, now + options_.timeout);
  auto answer = co_await pool_.send(std::move(request), until);
  if (!answer) {
    note_failure(question, answer.error(), is_new);
    co_return std::unexpected(question.method + " " + question.target + ": " +
                              words_of(answer.error(), until));
  }
  // A server's fault may be one of its time: the put goes on behind it.
  if (answer->status >= 500 && !question.makes.empty()) {
    created_.doubt(question.makes, Clock::now());
  }
  co_return std::move(*answer);
}

asio::awaitable<Asked> Server::ask(Question question, Expected expected) {
  const std::string what = question.method + " " + question.target;
  auto answer = co_await send(std::move(question));
  if (!answer) co_return std::move(answer);
  const std::string fault = fault_of(*answer, expected, request_id());
  if (!fault.empty()) co_return std::unexpected(what + " returned " + fault);
  co_return std::move(answer);
}

}  // namespace picus::verify
