#include "lambda/function.h"

#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "api/trace_headers.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "lambda/answer.h"

namespace picus::lambda {
namespace {

using Clock = std::chrono::steady_clock;

/// The body of a request, in one piece.
class EventBody final : public ByteStream {
 public:
  explicit EventBody(std::string_view text) : size_(text.size()), left_(text) {}

  asio::awaitable<Result<std::string_view>> read() override {
    co_return std::exchange(left_, std::string_view());
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::size_t size_;
  std::string_view left_;
};

std::vector<HeaderView> views_of(const Event& event) {
  std::vector<HeaderView> views;
  views.reserve(event.headers.size());
  for (const auto& [name, value] : event.headers) views.push_back({name, value});
  return views;
}

/// All of a body; no more than just past `max_bytes`.
asio::awaitable<Result<std::string>> whole_body(Response* response, std::size_t max_bytes) {
  if (response->without_body) co_return std::string();
  if (auto* const text = std::get_if<std::string>(&response->body)) co_return std::move(*text);
  ByteStream& stream = *std::get<std::unique_ptr<ByteStream>>(response->body);
  std::string body;
  while (body.size() <= max_bytes) {
    const auto piece = co_await stream.read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) break;
    body += *piece;
  }
  co_return std::move(body);
}

Error too_long(Source source) {
  return Error(
      ErrorCode::item_too_large,
      concat(
          "The response would have more than ", max_answer_bytes(source),
          " bytes, the limit of this function; read the item through a server or in another way."));
}

/// Paths in the response's header are the client's: with what the event's path was cut by.
void lead_back(Response& response, const std::string& prefix) {
  for (Header& header : response.headers) {
    if (header.name == "Location") header.value.insert(0, prefix);
    if (header.name == "Link") header.value.insert(1, prefix);  // after the `<`
  }
}

std::expected<Event, NoEvent> decode(const Invocation& invocation, std::string_view base_path) {
  if (!invocation.is_cut) return decode_event(invocation.event, base_path);
  return std::unexpected(NoEvent{.source = {}, .reason = "it has more than 24 MiB"});
}

/// The account of `arn:aws:lambda:eu-west-1:123456789012:function:picus`; empty: unknown.
std::string_view account_of(std::string_view arn) {
  constexpr int kFieldsBefore = 4;
  for (int i = 0; i < kFieldsBefore; ++i) take_until(arn, ':');
  return take_until(arn, ':');
}

std::string_view request_id_of(const Event& event) {
  for (const auto& [name, value] : event.headers) {
    if (equals_ignoring_case(name, "X-Request-Id")) return value;
  }
  return {};
}

}  // namespace

struct Function::Answered {
  Response response;
  std::string text;  ///< empty: it would be too long
};

Function::Answered Function::refuse(Source source, Error error, std::string_view request_id,
                                    std::span<const HeaderView> headers) {
  Answered answered{.response = api_.problem(std::move(error), request_id, headers), .text = {}};
  const auto& body = std::get<std::string>(answered.response.body);
  answered.text = encode_answer(source, answered.response, body).value_or("{}");
  return answered;
}

Function::Answered Function::turn_away(const NoEvent& none, std::size_t event_bytes) {
  log_.write(none.source ? Level::warning : Level::error, "event-not-understood",
             {{"source", none.source ? name_of(*none.source) : "unknown"},
              {"reason", none.reason},
              {"bytes", static_cast<std::int64_t>(event_bytes)}});
  const std::string detail = "The event is not an HTTP request: " + none.reason + ".";
  if (!none.source) throw FailedInvocation(detail);
  return refuse(*none.source, Error(ErrorCode::bad_request, detail), {}, {});
}

asio::awaitable<Function::Answered> Function::attempt(const Event* event,
                                                      const Invocation* invocation,
                                                      const TraceContext* trace,
                                                      std::size_t list_bytes) {
  const std::vector<HeaderView> headers = views_of(*event);
  EventBody body(event->body);
  Request request;
  request.method = event->method;
  request.target = event->target;
  request.headers = headers;
  request.body = event->body.empty() ? nullptr : &body;
  request.trusted_host = true;
  if (trusts_iam_) request.iam_caller = event->iam_caller;
  request.deadline = invocation->deadline;
  request.trace = *trace;
  request.max_list_bytes = list_bytes;
  Answered answered{.response = co_await api_.handle(request), .text = {}};
  lead_back(answered.response, event->prefix);
  const auto text = co_await whole_body(&answered.response, max_answer_bytes(event->source));
  if (!text) co_return refuse(event->source, text.error(), answered.response.request_id(), headers);
  answered.text = encode_answer(event->source, answered.response, *text).value_or("");
  co_return std::move(answered);
}

asio::awaitable<Function::Answered> Function::serve(const Event* event,
                                                    const Invocation* invocation,
                                                    const TraceContext* trace) {
  // A page ends after the item that passes its limit: there is room for one of medium size, then
  // for one of almost any, and a page of one item is the last that can be tried.
  const std::size_t most = max_list_bytes(event->source);
  for (const std::size_t list_bytes : {most / 8 * 7, most / 2, 1UZ}) {
    Answered answered = co_await attempt(event, invocation, trace, list_bytes);
    if (!answered.text.empty()) co_return std::move(answered);
    if (!answered.response.is_page_in_memory) break;
  }
  co_return refuse(event->source, too_long(event->source), request_id_of(*event), views_of(*event));
}

asio::awaitable<Function::Answered> Function::answer_to(const Event* event,
                                                        const Invocation* invocation,
                                                        const TraceContext* trace) {
  std::string fault;
  try {
    co_return co_await serve(event, invocation, trace);
  } catch (const std::exception& bug) {
    fault = bug.what();
  }
  Answered answered =
      refuse(event->source,
             Error(ErrorCode::internal, "Internal error in the function; its log has the details."),
             request_id_of(*event), views_of(*event));
  log_.write(Level::error, "bug",
             {{"what", fault}, {"request_id", answered.response.request_id()}});
  co_return std::move(answered);
}

asio::awaitable<std::string> Function::answer(Invocation invocation) {
  const auto begun = Clock::now();
  const auto event = decode(invocation, base_path_);
  const std::vector<HeaderView> headers = event ? views_of(*event) : std::vector<HeaderView>();
  const TraceContext trace = api_.trace(headers, begun, invocation.trace);
  Answered answered;
  if (event) {
    answered = co_await answer_to(&*event, &invocation, &trace);
  } else {
    answered = turn_away(event.error(), invocation.event.size());
  }
  answered.response.trace = trace;
  AccessRecord record = answered.response.access_record();
  if (event) record.method = event->method_text;
  record.bytes_in = invocation.event.size();
  record.bytes_out = answered.text.size();
  record.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  record.scheme = "https";
  describe(record, headers);
  const std::array<SpanAttribute, 5> attributes{
      {{"faas.trigger", "http"},
       {"faas.invocation_id", invocation.request_id},
       {"aws.lambda.invoked_arn", std::string_view(invocation.function_arn)},
       {"cloud.account.id", account_of(invocation.function_arn)},
       {"faas.coldstart", !std::exchange(has_answered_, true)}}};
  record.attributes = attributes;
  log_.access(record);
  co_return std::move(answered.text);
}

}  // namespace picus::lambda
