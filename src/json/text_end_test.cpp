#include "json/text_end.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::json {
namespace {

/// The text that `input` begins with, as it is found in pieces of `size` bytes.
std::string first_text(std::string_view input, std::size_t size) {
  TextEnd end;
  std::size_t bytes = 0;
  while (bytes < input.size() && !end.complete()) {
    bytes += end.feed(input.substr(bytes, size));
  }
  return std::string(input.substr(0, bytes)) + (end.complete() ? "" : " (open)");
}

TEST(TextEnd, IsFoundInPiecesOfEverySize) {
  struct Case {
    std::string_view input;
    std::string_view text;
  };
  constexpr Case kCases[] = {
      {"{} {}", "{}"},
      {"[1,[2,{\"a\":[]}]],3", "[1,[2,{\"a\":[]}]]"},
      {R"({"a":"}"}{)", R"({"a":"}"})"},
      {R"({"a\"}":"\\"},)", R"({"a\"}":"\\"})"},
      {R"("a]\"b",1)", R"("a]\"b")"},
      {"12.5e3,", "12.5e3"},
      {"null]", "null"},
      {"true\n", "true"},
      {"12", "12 (open)"},
      {"{\"a\":[1]", "{\"a\":[1] (open)"},
      {"\"a\\\"", "\"a\\\" (open)"},
      {"{\n \"a\": 1\n}\n", "{\n \"a\": 1\n}"},
  };
  for (const Case& sample : kCases) {
    for (std::size_t size = 1; size <= sample.input.size(); ++size) {
      EXPECT_EQ(first_text(sample.input, size), sample.text) << sample.input << " by " << size;
    }
  }
}

}  // namespace
}  // namespace picus::json
