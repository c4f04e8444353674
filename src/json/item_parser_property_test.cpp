#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cctype>
#include <cstdint>
#include <expected>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/item_parser.h"

// The parser against random texts. Every seed is fixed: a failure comes back the same.
namespace picus::json {
namespace {

using Random = std::mt19937;

int pick(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

// One spelling for every spelling of a decimal number: -12e3 for -0.0120E6.
std::string decimal(std::string text) {
  long exponent = 0;
  if (const std::size_t mark = text.find_first_of("eE"); mark != std::string::npos) {
    exponent = std::stol(text.substr(mark + 1));
    text.resize(mark);
  }
  std::string sign;
  if (text.starts_with('-')) {
    sign = "-";
    text.erase(0, 1);
  }
  if (const std::size_t point = text.find('.'); point != std::string::npos) {
    exponent -= static_cast<long>(text.size() - point - 1);
    text.erase(point, 1);
  }
  text.erase(0, text.find_first_not_of('0'));
  if (text.empty()) return "0";
  while (text.ends_with('0')) {
    text.pop_back();
    ++exponent;
  }
  return sign + text + "e" + std::to_string(exponent);
}

// A text as a client might write it: white space anywhere, escapes now and then.
class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  std::string item() {
    text_.clear();
    numbers_.clear();
    object(0);
    return text_;
  }
  const std::vector<std::string>& numbers() const { return numbers_; }

 private:
  void object(int depth) {
    text_ += '{';
    const int count = pick(random_, 0, depth == 0 ? 24 : 5);
    for (int i = 0; i < count; ++i) {
      if (i > 0) text_ += ',';
      space();
      string("n" + std::to_string(i));  // the number keeps the names apart
      space();
      text_ += ':';
      value(depth + 1);
    }
    space();
    text_ += '}';
  }

  void array(int depth) {
    text_ += '[';
    const int count = pick(random_, 0, 5);
    for (int i = 0; i < count; ++i) {
      if (i > 0) text_ += ',';
      value(depth + 1);
    }
    space();
    text_ += ']';
  }

  void value(int depth) {
    space();
    switch (pick(random_, 0, depth < 6 ? 7 : 5)) {
      case 0:
        text_ += "null";
        break;
      case 1:
        text_ += pick(random_, 0, 1) == 0 ? "true" : "false";
        break;
      case 2:
      case 3:
        numbers_.push_back(number());
        text_ += numbers_.back();
        break;
      case 6:
        object(depth);
        break;
      case 7:
        array(depth);
        break;
      default:
        string("");
    }
    space();
  }

  void string(std::string_view prefix) {
    text_ += '"';
    text_ += prefix;
    const int count = pick(random_, 0, pick(random_, 0, 30) == 0 ? 9000 : 20);
    for (int i = 0; i < count; ++i) text_ += character();
    text_ += '"';
  }

  std::string character() {
    static constexpr auto kOthers = std::to_array<std::string_view>(
        {"\\n", "\\\"", "\\\\", "\\/", "\\u0000", "\\u001F", "\\u0041", "\\u00e9", "\\uD83D\\uDE00",
         "\\t", "\u00e9", "\u20ac", "\U0001F600", "\x7f", "\uFFFD", "\\b", "\\f", "\\r"});
    if (pick(random_, 0, 3) > 0) return std::string(1, static_cast<char>(pick(random_, 'a', 'z')));
    return std::string(kOthers[static_cast<std::size_t>(pick(random_, 0, kOthers.size() - 1))]);
  }

  std::string number() {
    std::string text = pick(random_, 0, 2) == 0 ? "-" : "";
    text += pick(random_, 0, 3) == 0 ? "0" : std::to_string(pick(random_, 1, 9)) + digits(0, 15);
    if (pick(random_, 0, 1) == 0) text += "." + digits(1, 20);
    if (pick(random_, 0, 3) > 0) return text;
    constexpr auto kMarks = std::to_array<std::string_view>({"e", "E", "e+", "E-"});
    text += kMarks[static_cast<std::size_t>(pick(random_, 0, 3))];
    return text + std::to_string(pick(random_, 0, 100));
  }

  std::string digits(int low, int high) {
    std::string text;
    const int count = pick(random_, low, high);
    for (int i = 0; i < count; ++i) text += static_cast<char>(pick(random_, '0', '9'));
    return text;
  }

  void space() {
    static constexpr std::string_view kSpace = " \t\r\n";
    while (pick(random_, 0, 4) == 0) {
      text_ += kSpace[static_cast<std::size_t>(pick(random_, 0, 3))];
    }
  }

  Random& random_;
  std::string text_;
  std::vector<std::string> numbers_;
};

// The numbers of a JSON text as they are written, in their order.
std::vector<std::string> numbers_in(std::string_view json) {
  std::vector<std::string> numbers;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_string && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && (json[i] == '-' || std::isdigit(json[i]) != 0)) {
      const std::size_t end = json.find_first_of(",]}", i);
      numbers.emplace_back(json.substr(i, end - i));
      i = end - 1;
    }
  }
  return numbers;
}

std::vector<std::string> decimals(std::vector<std::string> numbers) {
  for (std::string& number : numbers) number = decimal(std::move(number));
  return numbers;
}

// Doubles are not exact, and Boost's depend on what follows them: the numbers are compared apart.
void drop_numbers(boost::json::value& value) {
  if (value.is_number()) {
    value = 0;
  } else if (value.is_array()) {
    for (auto& element : value.get_array()) drop_numbers(element);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) drop_numbers(member.value());
  }
}

boost::json::value structure(std::string_view text) {
  boost::json::value value = boost::json::parse({text.data(), text.size()});
  drop_numbers(value);
  return value;
}

TEST(ItemParserProperty, EveryValueComesBackEqual) {
  Random random(20240101);
  ItemParser parser;
  std::size_t numbers = 0;
  for (int round = 0; round < 3000; ++round) {
    Writer writer(random);
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

std::string mutated(Random& random, const std::vector<std::string>& texts) {
  static constexpr auto kFragments = std::to_array<std::string_view>({"\"",         "\\",
                                                                      "{",          "}",
                                                                      "[",          "]",
                                                                      ",",          ":",
                                                                      "0",          "-",
                                                                      ".",          "e9",
                                                                      "\\u",        "\\ud800",
                                                                      "\xff",       "\xe2\x82",
                                                                      "\"id\":",    "\"a\":1,",
                                                                      "null",       " ",
                                                                      "\n",         "999999999999",
                                                                      "\"picus:\":"});
  const auto index = [&](std::size_t size) {
    return size == 0 ? 0 : static_cast<std::size_t>(pick(random, 0, static_cast<int>(size) - 1));
  };
  std::string text = texts[index(texts.size())];
  for (int edits = pick(random, 1, 4); edits > 0; --edits) {
    const std::size_t at = index(text.size());
    const std::size_t count = index(std::min<std::size_t>(text.size() - at, 12));
    switch (pick(random, 0, 4)) {
      case 0:
        text.insert(at, kFragments[index(kFragments.size())]);
        break;
      case 1:
        text.erase(at, count);
        break;
      case 2:
        if (!text.empty()) text[at] = static_cast<char>(pick(random, -128, 127));
        break;
      case 3:
        text.insert(index(text.size()), text.substr(at, count));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

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
    const std::string text = mutated(random, texts);
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
