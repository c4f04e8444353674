// For tests: reads requests of spans, a JSON object a line, and writes each as OTLP in hexadecimal.

#include <boost/json.hpp>
#include <charconv>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/otlp_writer.h"
#include "telemetry/span.h"

namespace picus::telemetry {
namespace {

using boost::json::object;
using boost::json::value;

std::string text_of(const value& text) { return std::string(text.as_string()); }

std::uint64_t number_of(std::string_view digits) {
  constexpr int kHexadecimal = 16;
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, kHexadecimal);
  return number;
}

/// Bytes that may be no UTF-8, which JSON cannot have.
std::string bytes_of(std::string_view digits) {
  std::string bytes;
  for (; !digits.empty(); digits.remove_prefix(2)) {
    bytes += static_cast<char>(number_of(digits.substr(0, 2)));
  }
  return bytes;
}

void add(Span& span, std::string_view name, const value& attribute) {
  if (attribute.is_string()) return span.add(name, std::string_view(text_of(attribute)));
  if (attribute.is_bool()) return span.add(name, attribute.as_bool());
  if (attribute.is_int64()) return span.add(name, attribute.as_int64());
  if (attribute.is_double()) return span.add(name, attribute.as_double());
  if (attribute.is_object()) {
    return span.add(name, std::string_view(bytes_of(text_of(attribute.at("hex")))));
  }
  std::vector<std::string> texts;
  for (const value& text : attribute.as_array()) texts.push_back(text_of(text));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  span.add(name, views);
}

std::string encode_span(const object& line) {
  const std::string trace = text_of(line.at("trace"));
  TraceContext context;
  context.trace = {.high = number_of(std::string_view(trace).substr(0, 16)),
                   .low = number_of(std::string_view(trace).substr(16))};
  context.shared = std::make_shared<SharedRequest>();
  context.shared->has_spans = true;
  context.shared->state = text_of(line.at("state"));
  Span span(context,
            {.id = number_of(text_of(line.at("span"))),
             .parent = number_of(text_of(line.at("parent"))),
             .remote_parent = line.at("remote").as_bool()},
            static_cast<Span::Kind>(line.at("kind").as_int64()), text_of(line.at("name")));
  for (const value& pair : line.at("attributes").as_array()) {
    add(span, text_of(pair.at(0)), pair.at(1));
  }
  if (line.at("fail").as_bool()) span.fail();
  using Time = std::chrono::steady_clock::time_point;
  return span.finish(Time(std::chrono::nanoseconds(line.at("begin").as_int64())),
                     Time(std::chrono::nanoseconds(line.at("end").as_int64())));
}

std::string encode_request(const object& line) {
  std::vector<std::pair<std::string, std::string>> attributes;
  for (const value& pair : line.at("resource").as_array()) {
    attributes.emplace_back(text_of(pair.at(0)), text_of(pair.at(1)));
  }
  std::vector<std::string> spans;
  for (const value& span : line.at("spans").as_array()) {
    spans.push_back(encode_span(span.as_object()));
  }
  return otlp_request(otlp_resource(attributes), text_of(line.at("version")), spans);
}

void print_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    std::cout << kDigits[byte >> 4U] << kDigits[byte & 15U];
  }
  std::cout << '\n';
}

}  // namespace
}  // namespace picus::telemetry

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    picus::telemetry::print_hex(
        picus::telemetry::encode_request(boost::json::parse(line).as_object()));
  }
}
