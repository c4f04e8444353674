#include "telemetry/span.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace picus::telemetry {
namespace {

// Fields of `Span` and `Status` in opentelemetry/proto/trace/v1/trace.proto.
constexpr unsigned kSpanTraceId = 1;
constexpr unsigned kSpanSpanId = 2;
constexpr unsigned kSpanTraceState = 3;
constexpr unsigned kSpanParentSpanId = 4;
constexpr unsigned kSpanName = 5;
constexpr unsigned kSpanKind = 6;
constexpr unsigned kSpanStart = 7;
constexpr unsigned kSpanEnd = 8;
constexpr unsigned kSpanAttributes = 9;
constexpr unsigned kSpanStatus = 15;
constexpr unsigned kSpanFlags = 16;
constexpr unsigned kStatusCode = 3;
constexpr unsigned kStatusError = 2;
constexpr unsigned kScopeSpansSpans = 2;

constexpr std::uint32_t kFlagSampled = 0x1;
constexpr std::uint32_t kFlagRandomTraceId = 0x2;
constexpr std::uint32_t kFlagKnowsRemote = 0x100;
constexpr std::uint32_t kFlagIsRemote = 0x200;

/// Room for a usual span, so that its text does not grow.
constexpr std::size_t kUsualBytes = 700;

/// The bytes of numbers, the highest first, as ids have them.
template <std::size_t kNumbers>
class BigEndian {
 public:
  template <typename... Numbers>
  explicit BigEndian(Numbers... numbers) {
    char* at = bytes_.data();
    const auto write = [&at](std::uint64_t number) {
      for (unsigned shift = 64; shift > 0; shift -= 8) {
        *at++ = static_cast<char>(number >> (shift - 8U) & 0xFFU);
      }
    };
    (write(numbers), ...);
  }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kNumbers * sizeof(std::uint64_t)> bytes_{};
};

}  // namespace

Span::Span(const TraceContext& of, Ids ids, Kind kind, std::string_view name)
    : request_(of.shared) {
  text_.reserve(kUsualBytes);
  writer_.bytes(kSpanTraceId, BigEndian<2>(of.trace.high, of.trace.low).text());
  writer_.bytes(kSpanSpanId, BigEndian<1>(ids.id).text());
  if (!request_->state.empty()) writer_.text(kSpanTraceState, request_->state);
  if (ids.parent != 0) writer_.bytes(kSpanParentSpanId, BigEndian<1>(ids.parent).text());
  writer_.text(kSpanName, name);
  writer_.varint(kSpanKind, static_cast<std::uint64_t>(kind));
  writer_.fixed32(kSpanFlags, kFlagSampled | kFlagKnowsRemote |
                                  (of.is_random ? kFlagRandomTraceId : 0) |
                                  (ids.remote_parent ? kFlagIsRemote : 0));
}

void Span::add(std::string_view name, std::string_view text) {
  writer_.attribute(kSpanAttributes, name, text);
}

void Span::add(std::string_view name, std::int64_t number) {
  writer_.attribute(kSpanAttributes, name, number);
}

void Span::add(std::string_view name, std::chrono::nanoseconds time) {
  add(name, std::chrono::duration<double>(time).count());
}

void Span::add(std::string_view name, double number) {
  writer_.attribute(kSpanAttributes, name, number);
}

void Span::add(std::string_view name, bool flag) { writer_.attribute(kSpanAttributes, name, flag); }

void Span::add(std::string_view name, std::span<const std::string_view> texts) {
  writer_.attribute(kSpanAttributes, name, texts);
}

void Span::fail() {
  std::string status;
  MessageWriter(status).varint(kStatusCode, kStatusError);
  writer_.bytes(kSpanStatus, status);
}

std::string Span::finish(std::chrono::steady_clock::time_point begin,
                         std::chrono::steady_clock::time_point end) {
  const auto time = [this](std::chrono::steady_clock::time_point point) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(request_->since_1970(point).count(), 0));
  };
  writer_.fixed64(kSpanStart, time(begin));
  writer_.fixed64(kSpanEnd, time(std::max(begin, end)));
  std::string field;
  field.reserve(text_.size() + sizeof(std::uint64_t));
  MessageWriter(field).bytes(kScopeSpansSpans, text_);
  return field;
}

}  // namespace picus::telemetry
