#include "core/trace.h"

#include <array>
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
void append_digits(std::string& out, std::uint64_t value) {
  std::array<char, Digits> text{};
  for (unsigned i = Digits; i > 0; i -= 2) {
    const auto& pair = kPairs[value & 0xFFU];
    text[i - 2] = pair[0];
    text[i - 1] = pair[1];
    value >>= 8U;
  }
  out.append(text.data(), text.size());
}

constexpr unsigned kAll = 16;         // digits of 64 bits
constexpr unsigned kEpochDigits = 8;  // of the part of an id that is a time in ids of X-Ray

}  // namespace

void append_span_id(std::string& out, SpanId id) { append_digits<kAll>(out, id); }

void append_trace_id(std::string& out, TraceId id) {
  append_digits<kAll>(out, id.high);
  append_digits<kAll>(out, id.low);
}

void append_traceparent(std::string& out, const TraceContext& context, SpanId parent) {
  out += "00-";
  append_trace_id(out, context.trace);
  out += '-';
  append_span_id(out, parent);
  out += context.sampled == Sampled::yes ? "-01" : "-00";
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
