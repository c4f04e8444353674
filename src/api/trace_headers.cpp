#include "api/trace_headers.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "auth/verifier.h"
#include "core/ascii.h"
#include "telemetry/span.h"
#include "telemetry/tracer.h"

namespace picus {
namespace {

constexpr std::size_t kMaxStateMembers = 32;  // W3C Trace Context, 3.3.1.1
constexpr std::size_t kMaxStateText = 256;    // of a key, and of a value

/// A number of at most 64 bits, written with lower-case digits.
std::optional<std::uint64_t> hex(std::string_view text) {
  constexpr int kHexadecimal = 16;
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, kHexadecimal);
  return number;
}

/// The 32 digits of an id, in two parts; none where it is malformed or zero.
TraceId trace_id(std::string_view first, std::string_view rest) {
  constexpr std::size_t kEpochDigits = 8;
  constexpr std::size_t kRestDigits = 24;
  if (first.size() != kEpochDigits || rest.size() != kRestDigits) return {};
  const auto high = hex(first);
  const auto middle = hex(rest.substr(0, kEpochDigits));
  const auto low = hex(rest.substr(kEpochDigits));
  if (!high || !middle || !low) return {};
  return {.high = *high << 32U | *middle, .low = *low};
}

/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; a later version may be longer. W3C
/// Trace Context, 3.2 and 4.3.
TraceContext of_traceparent(std::string_view header) {
  constexpr std::size_t kLength = 55;
  const bool is_long_enough =
      header.size() == kLength ||
      (header.size() > kLength && header[kLength] == '-' && !header.starts_with("00"));
  if (!is_long_enough || header[2] != '-' || header[35] != '-' || header[52] != '-') return {};
  const auto version = hex(header.substr(0, 2));
  const auto parent = hex(header.substr(36, 16));
  const auto flags = hex(header.substr(53, 2));
  if (!version || *version == 0xFF || !parent || *parent == 0 || !flags) return {};
  TraceContext context{.trace = trace_id(header.substr(3, 8), header.substr(11, 24))};
  if (context.is_none()) return {};
  context.parent = *parent;
  context.sampled = (*flags & 1U) != 0 ? Sampled::yes : Sampled::no;
  context.is_random = (*flags & 2U) != 0;
  return context;
}

/// `Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1`, in any order, with
/// other fields between them.
TraceContext of_xray(std::string_view header) {
  constexpr std::string_view kRoot = "Root=1-";
  constexpr std::string_view kParent = "Parent=";
  constexpr std::size_t kSpanDigits = 16;
  TraceContext context;
  while (!header.empty()) {
    std::string_view field = take_until(header, ';');
    if (field.starts_with(kRoot)) {
      field.remove_prefix(kRoot.size());
      const std::string_view first = take_until(field, '-');
      context.trace = trace_id(first, field);
    } else if (field.starts_with(kParent)) {
      field.remove_prefix(kParent.size());
      const auto parent = field.size() == kSpanDigits ? hex(field) : std::nullopt;
      context.parent = parent.value_or(0);
    } else if (field == "Sampled=1") {
      context.sampled = Sampled::yes;
    } else if (field == "Sampled=0") {
      context.sampled = Sampled::no;
    }
  }
  return context.is_none() ? TraceContext() : context;
}

/// A key has lower-case letters, digits and some marks (W3C Trace Context, 3.3.1.3).
bool is_state_key(std::string_view key) {
  constexpr std::string_view kMarks = "_-*/@";
  return !key.empty() && key.size() <= kMaxStateText && is_lower_or_digit(key.front()) &&
         std::ranges::all_of(key,
                             [&](char c) { return is_lower_or_digit(c) || kMarks.contains(c); });
}

bool is_state_value(std::string_view value) {
  return !value.empty() && value.size() <= kMaxStateText &&
         std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

bool is_state(std::string_view list) {
  std::size_t members = 0;
  while (!list.empty()) {
    std::string_view member = take_until(list, ',');
    if (member.empty()) continue;
    const std::size_t equals = std::min(member.find('='), member.size());
    const bool is_valid = is_state_key(member.substr(0, equals)) &&
                          is_state_value(member.substr(std::min(equals + 1, member.size())));
    if (!is_valid || ++members > kMaxStateMembers) return false;
  }
  return members > 0;
}

std::string_view name_of(auth::Refusal::Kind kind) {
  using Kind = auth::Refusal::Kind;
  switch (kind) {
    case Kind::no_token:
      return "no-token";
    case Kind::bad_request:
      return "bad-request";
    case Kind::invalid_token:
      return "invalid-token";
    case Kind::expired_token:
      return "expired-token";
    case Kind::early_token:
      return "early-token";
    case Kind::insufficient_scope:
      return "insufficient-scope";
    case Kind::no_keys:
      return "no-keys";
    case Kind::overloaded:
      return "overloaded";
  }
  std::unreachable();
}

/// The only header of a name: of two, nobody knows which one counts.
struct OnlyHeader {
  std::string_view value;
  bool repeats = false;

  void take(std::string_view another) {
    repeats = repeats || !value.empty();
    value = another;
  }
  [[nodiscard]] std::string_view usable() const { return repeats ? std::string_view() : value; }
};

}  // namespace

IncomingTrace incoming_trace(std::span<const HeaderView> headers, std::string_view front) {
  if (auto context = of_xray(front); !context.is_none()) return {.context = std::move(context)};
  OnlyHeader xray;
  OnlyHeader w3c;
  for (const HeaderView& header : headers) {
    if (equals_ignoring_case(header.name, "X-Amzn-Trace-Id")) xray.take(header.value);
    if (equals_ignoring_case(header.name, "traceparent")) w3c.take(header.value);
  }
  TraceContext of_balancer = of_xray(xray.usable());
  // A load balancer that begins a trace sends its Root alone, beside the client's traceparent.
  if (of_balancer.parent != 0) return {.context = std::move(of_balancer)};
  TraceContext of_client = of_traceparent(w3c.usable());
  if (!of_client.is_none()) return {.context = std::move(of_client), .has_state = true};
  return {.context = std::move(of_balancer)};
}

bool is_sampled(std::string_view xray) { return of_xray(xray).sampled == Sampled::yes; }

void describe(AccessRecord& record, std::span<const HeaderView> headers) {
  if (record.trace == nullptr || !record.trace->is_recorded()) return;
  for (const HeaderView& header : headers) {
    if (equals_ignoring_case(header.name, "Host")) record.host = header.value;
    if (equals_ignoring_case(header.name, "User-Agent")) record.user_agent = header.value;
  }
}

std::string auth_span(const TraceContext& request, const auth::Verdict& verdict,
                      std::chrono::steady_clock::time_point begun) {
  using telemetry::Span;
  Span span(request, {.id = telemetry::new_span_id(), .parent = request.span}, Span::Kind::internal,
            "auth");
  span.add("picus.auth.result", verdict.refusal ? name_of(verdict.refusal->kind) : "ok");
  return span.finish(begun, std::chrono::steady_clock::now());
}

std::string trace_state(std::span<const HeaderView> headers) {
  std::string list;
  for (const HeaderView& header : headers) {
    if (!equals_ignoring_case(header.name, "tracestate") || header.value.empty()) continue;
    if (!list.empty()) list += ',';
    if (list.size() + header.value.size() > kMaxTraceStateBytes) return {};
    list += header.value;
  }
  return is_state(list) ? list : std::string();
}

}  // namespace picus
