#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/item_parser.h"
#include "json/testing/json_testing.h"

// The parser against random texts. Every seed is fixed: a failure comes back the same.
namespace picus::json {
namespace {

TEST(ItemParserProperty, EveryValueComesBackEqual) {
  Random random(20240101);
  ItemParser parser;
  std::size_t numbers = 0;
  for (int round = 0; round < 3000; ++round) {
    RandomItem writer(random);
    const std::string text = writer.item();
    const auto item = parser.parse(text);
    ASSERT_TRUE(item) << item.error().message << "\n" << text;
    const std::string normalised = "{" + std::string(item->members) + "}";
    ASSERT_LE(normalised.size(), text.size());
    ASSERT_EQ(structure(normalised), structure(text)) << text;
    ASSERT_EQ(decimals(numbers_in(normalised)), decimals(writer.numbers())) << text;
    numbers += writer.numbers().size();
  }
  EXPECT_GT(numbers, 10'000U);
}

std::vector<std::string> corpus() {
  std::vector<std::string> texts = {
      R"({"id":"user-1","name":"Ada","age":36,"tags":["a","b"],)"
      R"("address":{"city":"London"},"x":null})",
      R"( { "a" : [ -0.0 , 1E+5, 1e-130, 0.1, true,false,null ] , "b" : { } } )",
      R"({"\u0061":"\ud83d\ude00\n\u0000\/","id":"\u0069d"})",
      "{\"\u00e9\u20ac\U0001F600\":\"\u00e9\u20ac\U0001F600\",\"id\":"
      "\"\u00e9\"}",
      R"({"picus":1,"":2,"a":{"a":{"a":[[[[[[]]]]]]}},"a":0})",
      R"({"n":99999999999999999999999999999999999999,)"
      R"("m":-9.9999999999999999999999999999999999999e125})",
      R"([1,2,{"a":"b"}])",
      "{\"long\":\"" + std::string(4090, 'x') + "\\u00e9\u20ac\\ud83d\\ude00" +
          std::string(40, 'y') + "\"}",
      "{}",
      "\"\"",
  };
  std::string wide = "{\"id\":\"w\"";
  for (int i = 0; i < 20; ++i) wide += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  texts.push_back(wide + "}");
  texts.push_back("{\"d\":" + std::string(30, '[') + std::string(30, ']') + "}");
  return texts;
}

constexpr auto kItemFragments = std::to_array<std::string_view>(
    {".", "e9", "\xe2\x82", R"("id":)", R"("a":1,)", "\n", "999999999999", R"("picus:":)"});

// The text in memory of exactly its size, so that AddressSanitizer sees a read beyond it.
std::expected<ParsedItem, ParseError> parse_exactly(ItemParser& parser, std::string_view text) {
  const auto exact = std::make_unique_for_overwrite<char[]>(text.size());
  text.copy(exact.get(), text.size());
  return parser.parse({exact.get(), text.size()});
}

TEST(ItemParserProperty, WhatIsAcceptedIsNormalAndWhatIsNotJsonIsNot) {
  Random random(7);
  const std::vector<std::string> texts = corpus();
  ItemParser parser;
  ItemParser again;
  int accepted = 0;
  int malformed = 0;
  for (int round = 0; round < 60'000; ++round) {
    const auto whole =
        static_cast<std::size_t>(pick(random, 0, static_cast<int>(texts.size()) - 1));
    const std::string text = mutated(random, texts[whole], kItemFragments);
    boost::json::error_code json_error;
    boost::json::parse_options options;
    options.max_depth = 64;
    (void)boost::json::parse(text, json_error, {}, options);
    const auto item = parse_exactly(parser, text);
    if (!item) {
      ASSERT_LT(item.error().message.size(), 600U) << text;
      ASSERT_TRUE(item.error().message.starts_with("at byte ")) << text;
      if (item.error().fault == Fault::syntax) ASSERT_TRUE(json_error) << text;
      malformed += item.error().fault == Fault::syntax ? 1 : 0;
      continue;
    }
    ASSERT_FALSE(json_error) << text;
    const auto normal = again.parse("{" + std::string(item->members) + "}");
    ASSERT_TRUE(normal) << normal.error().message << "\n" << text;
    ASSERT_EQ(normal->members, item->members) << text;
    ASSERT_EQ(normal->members_dynamodb_bytes, item->members_dynamodb_bytes) << text;
    ++accepted;
  }
  EXPECT_GT(accepted, 3000);
  EXPECT_GT(malformed, 5000);
}

}  // namespace
}  // namespace picus::json
