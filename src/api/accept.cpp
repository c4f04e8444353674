#include "api/accept.h"

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include "core/ascii.h"
#include "core/concat.h"

namespace picus {
namespace {

constexpr unsigned kFull = 1000;
constexpr std::string_view kAnyType = "*/*";

/// `q=0.5` in thousandths (RFC 9110, 12.4.2); nothing: the parameter is not a weight. What is not a
/// number from 0 to 1 counts as 0.
std::optional<unsigned> weight_of(std::string_view parameter) {
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const std::string_view text = parameter.substr(2);
  const char* const end = text.data() + text.size();
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end) return 0;
  if (!(value >= 0 && value <= 1)) return 0;  // neither holds for `nan`, which parses
  return static_cast<unsigned>(value * kFull);
}

/// A media type may have parameters of its own before its weight.
unsigned media_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    if (const auto weight = weight_of(take_until_unquoted(parameters, ';'))) return *weight;
  }
  return kFull;
}

/// A coding has no other parameter. One is an error, and counts as 0: the plain response is always
/// right.
unsigned coding_weight(std::string_view parameters) {
  const std::string_view parameter = trimmed(parameters);
  return parameter.empty() ? kFull : weight_of(parameter).value_or(0);
}

/// The weights of the codings that matter here.
struct Codings {
  std::optional<unsigned> gzip;
  std::optional<unsigned> identity;
  std::optional<unsigned> any;
};

void note_coding(std::string_view element, Codings& codings) {
  const std::string_view coding = take_until(element, ';');
  const unsigned weight = coding_weight(element);
  if (is_gzip(coding)) codings.gzip = weight;
  if (equals_ignoring_case(coding, "identity")) codings.identity = weight;
  if (coding == "*") codings.any = weight;
}

/// The weight of a media range; nothing if Accept does not have it.
std::optional<unsigned> weight_in(const Request& request, std::string_view range) {
  std::optional<unsigned> weight;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Accept")) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      std::string_view parameters = take_until_unquoted(rest, ',');
      const std::string_view name = take_until_unquoted(parameters, ';');
      if (equals_ignoring_case(name, range)) weight = media_weight(parameters);
    }
  }
  return weight;
}

}  // namespace

unsigned named_weight(const Request& request, std::string_view type) {
  return weight_in(request, type).value_or(0);
}

unsigned accepted_weight(const Request& request, std::string_view type) {
  const std::string all_of_kind = concat(type.substr(0, type.find('/')), "/*");
  for (const std::string_view range : {type, std::string_view(all_of_kind), kAnyType}) {
    if (const auto weight = weight_in(request, range)) return *weight;
  }
  return 0;
}

bool accepts_gzip(std::span<const HeaderView> headers) {
  Codings codings;
  for (const HeaderView& header : headers) {
    if (!equals_ignoring_case(header.name, "Accept-Encoding")) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      note_coding(take_until(rest, ','), codings);
    }
  }
  const auto gzip = codings.gzip ? codings.gzip : codings.any;
  return gzip.value_or(0) > 0 && *gzip >= codings.identity.value_or(0);
}

bool is_gzip(std::string_view coding) {
  return equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip");
}

}  // namespace picus
