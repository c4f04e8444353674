#include "core/trace.h"

#include <array>
#include <cstring>
#include <string_view>

namespace picus {
namespace {

/// The two digits of each byte: every line of the log has three ids.
constexpr auto kPairs = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (unsigned byte = 0; byte < pairs.size(); ++byte) {
    pairs[byte] = {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return pairs;
}();

template <unsigned Digits>
void write_digits(char* to, std::uint64_t value) {
  for (unsigned i = Digits; i > 0; i -= 2) {
    std::memcpy(to + i - 2, kPairs[value & 0xFFU].data(), 2);
    value >>= 8U;
  }
}

template <unsigned Digits>
void append_digits(std::string& out, std::uint64_t value) {
  std::array<char, Digits> text{};
  write_digits<Digits>(text.data(), value);
  out.append(text.data(), text.size());
}

constexpr unsigned kAll = 16;         // digits of 64 bits
constexpr unsigned kEpochDigits = 8;  // of the part of an id that is a time in ids of X-Ray

}  // namespace

void append_span_id(std::string& out, SpanId id) { append_digits<kAll>(out, id); }

void append_id_members(std::string& out, TraceId trace, SpanId span) {
  // In one piece: an append costs as much as an id.
  constexpr std::string_view kTrace = R"(,"trace_id":")";
  constexpr std::string_view kSpan = R"(","span_id":")";
  constexpr std::size_t kSpanAt = kTrace.size() + 2UZ * kAll;
  constexpr std::size_t kSpanDigitsAt = kSpanAt + kSpan.size();
  std::array<char, kSpanDigitsAt + kAll + 1> text;  // all of it is written
  std::memcpy(text.data(), kTrace.data(), kTrace.size());
  write_digits<kAll>(text.data() + kTrace.size(), trace.high);
  write_digits<kAll>(text.data() + kTrace.size() + kAll, trace.low);
  std::memcpy(text.data() + kSpanAt, kSpan.data(), kSpan.size());
  write_digits<kAll>(text.data() + kSpanDigitsAt, span);
  text.back() = '"';
  if (span != 0) {
    out.append(text.data(), text.size());
  } else {
    out.append(text.data(), kSpanAt + 1);
  }
}

void append_trace_id(std::string& out, TraceId id) {
  append_digits<kAll>(out, id.high);
  append_digits<kAll>(out, id.low);
}

void append_traceparent(std::string& out, const TraceContext& context, SpanId parent) {
  out += "00-";
  append_trace_id(out, context.trace);
  out += '-';
  append_span_id(out, parent);
  const int flags = (context.sampled == Sampled::yes ? 1 : 0) | (context.is_random ? 2 : 0);
  out += "-0";
  out += static_cast<char>('0' + flags);
}

void append_xray(std::string& out, const TraceContext& context, SpanId parent) {
  if (context.is_none()) return;
  out += "Root=1-";
  append_digits<kEpochDigits>(out, context.trace.high >> 32U);
  out += '-';
  append_digits<kAll - kEpochDigits>(out, context.trace.high);
  append_digits<kAll>(out, context.trace.low);
  if (parent != 0) {
    out += ";Parent=";
    append_span_id(out, parent);
  }
  if (context.sampled != Sampled::unknown) {
    out += context.sampled == Sampled::yes ? ";Sampled=1" : ";Sampled=0";
  }
}

}  // namespace picus
