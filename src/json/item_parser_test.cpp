#include "json/item_parser.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picus::json {
namespace {

using namespace std::string_literals;

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The normalised members of an accepted text, else what was wrong with it.
std::string members(std::string_view text) {
  ItemParser parser;
  const auto item = parser.parse(text);
  return item ? std::string(item->members) : "rejected: " + item.error().message;
}

std::size_t dynamodb_bytes(std::string_view text) {
  ItemParser parser;
  const auto item = parser.parse(text);
  return item ? item->members_dynamodb_bytes : 0;
}

void expect_fault(std::string_view text, Fault fault, std::string_view message) {
  ItemParser parser;
  const auto item = parser.parse(text);
  ASSERT_FALSE(item) << text.substr(0, 200);
  EXPECT_EQ(item.error().fault, fault) << item.error().message;
  EXPECT_EQ(item.error().message, message) << text.substr(0, 200);
}

bool rejected(std::string_view text, Fault fault) {
  ItemParser parser;
  const auto item = parser.parse(text);
  return !item && item.error().fault == fault;
}

TEST(ItemParser, WhiteSpaceGoesAndOrderStays) {
  EXPECT_EQ(members("{}"), "");
  EXPECT_EQ(members(" \r\n\t{ \n } \t"), "");
  EXPECT_EQ(members("{ \"b\" : [ 1 , true , null ] ,\n\"a\" : { \"x\" : { } , "
                    "\"y\" : [ ] } }"),
            R"("b":[1,true,null],"a":{"x":{},"y":[]})");
  EXPECT_EQ(members(R"({"a":[[],[[]],{}],"b":false,"c":""})"),
            R"("a":[[],[[]],{}],"b":false,"c":"")");
}

TEST(ItemParser, TheIdIsTakenOutOfTheTopLevelOnly) {
  ItemParser parser;
  for (const std::string_view text :
       {R"({"id":"k","a":{"id":7},"b":1})", R"({"a":{"id":7},"id":"k","b":1})",
        R"({"a":{"id":7},"b":1,"\u0069\u0064":"k"})"}) {
    const auto item = parser.parse(text);
    ASSERT_TRUE(item) << item.error().message;
    EXPECT_EQ(item->id, "k");
    EXPECT_EQ(item->members, R"("a":{"id":7},"b":1)");
    EXPECT_EQ(item->members_dynamodb_bytes, 1 + 3 + 2 + 2 + 1 + 1 + 2U);
  }
  const auto alone = parser.parse(R"({"id":"k"})");
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->members, "");
  EXPECT_EQ(alone->members_dynamodb_bytes, 0U);
}

TEST(ItemParser, AnAbsentIdIsNothingAndAnEmptyOneIsEmpty) {
  ItemParser parser;
  EXPECT_EQ(parser.parse(R"({"id":""})")->id, "");
  EXPECT_EQ(parser.parse(R"({"a":1})")->id, std::nullopt);
}

TEST(ItemParser, TheIdIsUnescaped) {
  ItemParser parser;
  EXPECT_EQ(parser.parse(R"({"id":"a\/b\u00e9\ud83d\ude00\n\u0000\""})")->id,
            "a/b\u00e9\U0001F600\n\0\""s);
  const std::string lengthy = repeat("x\\ty", 5000);
  EXPECT_EQ(parser.parse("{\"id\":\"" + lengthy + "\"}")->id, repeat("x\ty", 5000));
}

TEST(ItemParser, AnIdOfAnotherTypeIsInvalid) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"7", "a number"},       {"-0.5e3", "a number"}, {"18446744073709551615", "a number"},
      {"null", "null"},        {"true", "a boolean"},  {"false", "a boolean"},
      {"[\"a\"]", "an array"}, {"{}", "an object"},
  };
  for (const auto& [value, found] : cases) {
    expect_fault(R"({"a":1,"id": )" + value + "}", Fault::invalid_id,
                 "at byte 13: the member \"id\" is " + found + "; it must be a string");
  }
}

TEST(ItemParser, ANameTwiceInOneObjectIsADuplicate) {
  expect_fault(R"({"a":1,"b":2,"a":3})", Fault::duplicate_name,
               R"(at byte 13: the member name "a" occurs twice in one object)");
  expect_fault(R"({"x":[{"a":1, "\u0061":3}]})", Fault::duplicate_name,
               R"(at byte 14: the member name "a" occurs twice in one object)");
  expect_fault(R"({"\u0061":1,"a":3})", Fault::duplicate_name,
               R"(at byte 12: the member name "a" occurs twice in one object)");
  expect_fault(R"({"id":"a","i\u0064":"b"})", Fault::duplicate_name,
               R"(at byte 10: the member name "id" occurs twice in one object)");
  EXPECT_EQ(members(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"),
            R"("a":{"a":{"a":1}},"b":[{"a":1},{"a":2}])");
  EXPECT_EQ(members(R"({"a":1,"A":2,"a ":3})"), R"("a":1,"A":2,"a ":3)");
}

TEST(ItemParser, ADuplicateIsFoundAmongFewAndManyNames) {
  for (const std::size_t count : {1UZ, 15UZ, 16UZ, 17UZ, 18UZ, 1000UZ, 100'000UZ}) {
    std::string text = "{\"o\":{\"p\":{\"n0\":0},";
    for (std::size_t i = 0; i < count; ++i) text += "\"n" + std::to_string(i) + "\":0,";
    const std::string distinct = text + "\"last\":0}}";
    EXPECT_FALSE(members(distinct).starts_with("rejected")) << count;
    EXPECT_TRUE(rejected(text + "\"n0\":0}}", Fault::duplicate_name)) << count;
    const std::string last = "\"n" + std::to_string(count - 1) + "\":0}}";
    EXPECT_TRUE(rejected(text + last, Fault::duplicate_name)) << count;
  }
}

TEST(ItemParser, ManyWideObjectsSideBySideDoNotMeetEachOther) {
  std::string wide = "{";
  for (int i = 0; i < 40; ++i) wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  wide += "}";
  const std::string text = "{\"a\":[" + repeat(wide + ",", 500) + wide + "]}";
  ItemParser parser;
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(parser.parse(text));
}

TEST(ItemParser, ANameHasAsManyBytesAsDynamoDbTakes) {
  const std::string longest = repeat("n", 65535);
  EXPECT_FALSE(rejected("{\"" + longest + "\":1}", Fault::invalid_name));
  expect_fault("{\"" + longest + "n\":1}", Fault::invalid_name,
               "at byte 1: a member name has 65536 bytes; the limit is 65535");
  EXPECT_TRUE(rejected("{\"a\":[{\"\\u0001" + longest + "\":1}]}", Fault::invalid_name));
}

TEST(ItemParser, AnEmptyNameIsInvalidAtEveryDepth) {
  expect_fault(R"({"":1})", Fault::invalid_name,
               "at byte 1: a member name is empty; it needs at least 1 character");
  expect_fault(R"({"a":[{"b":{"" : 1}}]})", Fault::invalid_name,
               "at byte 12: a member name is empty; it needs at least 1 character");
  EXPECT_EQ(members(R"({" ":1,"\u0000":2})"), R"(" ":1,"\u0000":2)");
}

TEST(ItemParser, NamesThatBeginWithPicusColonAreReservedAtTheTopLevel) {
  constexpr std::string_view kRule =
      " is reserved: names of an item's own "
      "members must not begin with \"picus:\"";
  expect_fault(R"({"picus:meta":1})", Fault::reserved_name,
               "at byte 1: the member name \"picus:meta\"" + std::string(kRule));
  expect_fault(R"({"a":1,"\u0070icus:":1})", Fault::reserved_name,
               "at byte 7: the member name \"picus:\"" + std::string(kRule));
  EXPECT_EQ(members(R"({"picus":1,"Picus:a":2,"a":{"picus:b":3}})"),
            R"("picus":1,"Picus:a":2,"a":{"picus:b":3})");
}

TEST(ItemParser, ThirtyTwoLevelsAreTheDeepest) {
  const auto arrays = [](std::size_t n) {
    return "{\"a\":" + repeat("[", n) + repeat("]", n) + "}";
  };
  const auto objects = [](std::size_t n) { return repeat("{\"a\":", n) + "1" + repeat("}", n); };
  EXPECT_EQ(members(arrays(31)), "\"a\":" + repeat("[", 31) + repeat("]", 31));
  EXPECT_FALSE(members(objects(32)).starts_with("rejected"));
  expect_fault(arrays(32), Fault::too_deep,
               "at byte 36: member \"a\" is nested deeper than 32 levels, the item included");
  expect_fault(objects(33), Fault::too_deep,
               "at byte 160: member \"a\" is nested deeper than 32 levels, the item included");
  EXPECT_TRUE(rejected("{\"a\":" + repeat("[", 1'000'000), Fault::too_deep));
  // Going up makes room again.
  const std::string deep = repeat("[", 31) + repeat("]", 31);
  EXPECT_EQ(members("{\"a\":" + deep + ",\"b\":" + deep + "}"), "\"a\":" + deep + ",\"b\":" + deep);
}

TEST(ItemParser, JsonThatIsNoObjectIsNotAnObject) {
  const std::string deep = repeat("[", 40) + repeat("]", 40);
  for (const std::string& text :
       std::vector<std::string>{"[1]", "\"x\"", "3", "null", "true", "[{\"a\":1,\"a\":2,\"\":3}]",
                                "[1e999]", "1e99999999999", "-0", deep}) {
    expect_fault(text, Fault::not_an_object, "at byte 0: expected a JSON object");
  }
  expect_fault(" \n[]", Fault::not_an_object, "at byte 2: expected a JSON object");
  EXPECT_TRUE(rejected("[1", Fault::syntax));
  EXPECT_TRUE(rejected("\"x", Fault::syntax));
  EXPECT_TRUE(rejected("3 4", Fault::syntax));
  EXPECT_TRUE(rejected("[\"\\ud800\"]", Fault::syntax));
}

TEST(ItemParser, WhatIsNotJsonIsASyntaxErrorThatSaysWhatWasExpected) {
  constexpr std::string_view kValue =
      "a value (object, array, string, number, true, false or null)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "at byte 0: the text is empty; expected a JSON object"},
      {" \n ", "at byte 3: the text is empty; expected a JSON object"},
      {"\xEF\xBB\xBF{}",
       "at byte 0: the text begins with a byte order mark; "
       "expected a JSON object"},
      {"\xFF\xFE{\0"s,
       "at byte 0: the text is UTF-16 or UTF-32, and JSON is UTF-8; expected a JSON object"},
      {"\xFE\xFF\0{"s,
       "at byte 0: the text is UTF-16 or UTF-32, and JSON is UTF-8; expected a JSON object"},
      {"{\0\"\0"s,
       "at byte 0: the text is UTF-16 or UTF-32, and JSON is UTF-8; expected a JSON object"},
      {"\0\0\0{"s,
       "at byte 0: the text is UTF-16 or UTF-32, and JSON is UTF-8; expected a JSON object"},
      {"\x1F\x8B\x08",
       "at byte 0: the text is compressed with gzip, which needs Content-Encoding: gzip; "
       "expected a JSON object"},
      {"hello", "at byte 0: expected a JSON object"},
      {"{} x", "at byte 3: expected the end of the text"},
      {"{}{}", "at byte 2: expected the end of the text"},
      {"{\"a\":1}\0"s, "at byte 7: expected the end of the text"},
      {"{",
       "at byte 1: the text ends here; expected a member name in double "
       "quotes, or '}'"},
      {"{a:1}", "at byte 1: expected a member name in double quotes, or '}'"},
      {"{'a':1}", "at byte 1: expected a member name in double quotes, or '}'"},
      {"{\"a\" 1}", "at byte 5: expected ':' after a member name"},
      {"{\"a\"", "at byte 4: the text ends here; expected ':' after a member name"},
      {"{\"a\":", "at byte 5: the text ends here; expected " + std::string(kValue)},
      {"{\"a\":}", "at byte 5: expected " + std::string(kValue)},
      {"{\"a\":NaN}", "at byte 5: expected " + std::string(kValue)},
      {"{\"a\":True}", "at byte 5: expected " + std::string(kValue)},
      {"{\"a\":tr",
       "at byte 7: the text ends here; expected the rest of true, "
       "false or null"},
      {"{\"a\":1", "at byte 6: the text ends here; expected ',' or '}'"},
      {"{\"a\":1 \"b\":2}", "at byte 7: expected ',' or '}'"},
      {"{\"a\":\"b\"]", "at byte 8: expected ',' or '}'"},
      {"{\"a\":1,}", "at byte 7: expected a member name in double quotes"},
      {"{\"a\":[1,]}", "at byte 8: expected " + std::string(kValue)},
      {"{\"a\":[1 2]}", "at byte 8: expected ',' or ']'"},
      {"{\"a\":[}", "at byte 6: expected a value, or ']'"},
      {"{\"a\":[{}}", "at byte 8: expected ',' or ']'"},
      {"{\"a\":01}", "at byte 6: expected ',' or '}'"},
      {"{\"a\":+1}", "at byte 5: expected " + std::string(kValue)},
      {"{\"a\":.5}", "at byte 5: expected " + std::string(kValue)},
      {"{\"a\":-}", "at byte 6: expected a digit"},
      {"{\"a\":1.}", "at byte 7: expected a digit"},
      {"{\"a\":1.e5}", "at byte 7: expected a digit"},
      {"{\"a\":1e}", "at byte 7: expected a digit"},
      {"{\"a\":1e+", "at byte 8: the text ends here; expected a digit"},
      {"{\"a\":\"b", "at byte 7: the text ends here; expected the closing quote of a string"},
      {"{\"a", "at byte 3: the text ends here; expected the closing quote of a string"},
      {"{\"a\":\"\n\"}", "at byte 6: a control character in a string is not escaped"},
      {"{\"a\":\"\0\"}"s, "at byte 6: a control character in a string is not escaped"},
      {"{\"a\":\"\\x\"}",
       R"(at byte 6: a string holds an escape other than \" \\ \/ \b \f \n \r \t \u)"},
      {"{\"a\":\"\\u12g4\"}", R"(at byte 6: expected four hexadecimal digits after \u)"},
      {"{\"a\":\"\\u12g4 and some more text\"}",
       R"(at byte 6: expected four hexadecimal digits after \u)"},
      {"{/**/}", "at byte 1: expected a member name in double quotes, or '}'"},
  };
  for (const auto& [text, message] : cases) expect_fault(text, Fault::syntax, message);
}

TEST(ItemParser, TheFirstBrokenRuleInTheTextWins) {
  EXPECT_TRUE(rejected(R"({"a":1e999,"a":1,)", Fault::invalid_number));
  EXPECT_TRUE(rejected(R"({"a":1,"a":1e999,)", Fault::duplicate_name));
  EXPECT_TRUE(rejected(R"({"a":1,"":1,"a":1})", Fault::invalid_name));
  EXPECT_TRUE(rejected(R"({"a":1 "":1,"a":1})", Fault::syntax));
  EXPECT_TRUE(rejected(R"({"id":1,"picus:":2})", Fault::invalid_id));
}

TEST(ItemParser, AMessageQuotesNoMoreThan64BytesOfANameAndNoValue) {
  const std::string name = repeat("\u00e9", 40);  // 80 bytes
  expect_fault("{\"" + name + "\":1e999}", Fault::invalid_number,
               "at byte 84: the number in member \"" + repeat("\u00e9", 32) +
                   "\"… is too large; its magnitude must be under 1E+126");
  const std::string odd = "x" + name;  // byte 64 lies within a character
  expect_fault(
      "{\"" + odd + "\":1,\"" + odd + "\":2}", Fault::duplicate_name,
      "at byte 87: the member name \"x" + repeat("\u00e9", 31) + "\"… occurs twice in one object");
  expect_fault(R"({"a\u0000\"":1,"a\u0000\"":2})", Fault::duplicate_name,
               R"(at byte 15: the member name "a\u0000\"" occurs twice in one object)");
}

TEST(ItemParser, StringsComeBackWithTheShortestEscapes) {
  EXPECT_EQ(members(R"({"a":"\"\\\/\b\f\n\r\t"})"), R"("a":"\"\\/\b\f\n\r\t")");
  EXPECT_EQ(members(R"({"a":"\u0000\u001F\u0020\u0022\u005C\u007f\u0008\u000a"})"),
            "\"a\":\"\\u0000\\u001f \\\"\\\\\x7f\\b\\n\"");
  EXPECT_EQ(members(R"({"\u00E9\n":"\u00e9\u20AC\uD83D\uDE00\uFFFF"})"),
            "\"\u00e9\\n\":\"\u00e9\u20ac\U0001F600\uFFFF\"");
  EXPECT_EQ(members("{\"\u00e9\U0010FFFF\x7f\":\"\u20ac\u2028\"}"),
            "\"\u00e9\U0010FFFF\x7f\":\"\u20ac\u2028\"");
}

TEST(ItemParser, LongStringsWithEscapesKeepEveryByte) {
  // The parser hands out escaped text in pieces of 4 KiB; `shift` moves their ends.
  for (std::size_t shift = 0; shift < 24; ++shift) {
    const std::string head = "\\n" + repeat("x", 4070 + shift);
    const std::string tail = "\u20ac\U0001F600\\ud83d\\ude00\\u00e9" + repeat("y", 5000);
    const std::string want =
        "\\n" + repeat("x", 4070 + shift) + "\u20ac\U0001F600\U0001F600\u00e9" + repeat("y", 5000);
    const std::string pair = "\"" + head + tail + "\"";
    EXPECT_EQ(members("{" + pair + ":" + pair + "}"), "\"" + want + "\":\"" + want + "\"");
  }
}

TEST(ItemParser, HalvesOfSurrogatePairsAreSyntaxErrors) {
  const std::string more(40, 'x');  // the parser reads escapes near the text's end in another way
  for (const std::string_view half :
       {"\\ud800", "\\uDBFFx", "\\udc00", "\\uDFFF\\ud800", "\\ud800\\ud800", "\\ud800\\u0041",
        "\\ud83d\\n", "\\ud83d\\ude0", "\\ud83d \\ude00"}) {
    for (const std::string_view rest : {std::string_view(), std::string_view(more)}) {
      const std::string string = "\"" + std::string(half) + std::string(rest) + "\"";
      EXPECT_TRUE(rejected("{\"a\":" + string + "}", Fault::syntax)) << string;
      EXPECT_TRUE(rejected("{" + string + ":1}", Fault::syntax)) << string;
    }
  }
  constexpr std::string_view kHalf = ": a string holds half of a surrogate pair";
  expect_fault(R"({"a":"\ud800"})", Fault::syntax, "at byte 12" + std::string(kHalf));
  expect_fault(R"({"a":"\ud800"})" + more, Fault::syntax, "at byte 12" + std::string(kHalf));
  expect_fault(R"({"a":"\ud83d\n"})" + more, Fault::syntax, "at byte 12" + std::string(kHalf));
  expect_fault(R"({"a":"\udc00"})" + more, Fault::syntax, "at byte 6" + std::string(kHalf));
}

bool is_utf8(std::uint32_t bytes, int count) {
  const auto byte = [&](int i) { return (bytes >> (8 * (count - 1 - i))) & 0xFF; };
  for (int i = 1; i < count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
  }
  if (count == 2) return byte(0) >= 0xC2 && byte(0) <= 0xDF;
  const std::uint32_t point = count == 3 ? ((byte(0) & 0xF) << 12) | ((byte(1) & 0x3F) << 6)
                                         : ((byte(0) & 0x7) << 18) | ((byte(1) & 0x3F) << 12);
  if (count == 3) {
    return (byte(0) & 0xF0) == 0xE0 && point >= 0x800 && (point < 0xD800 || point > 0xDFFF);
  }
  return (byte(0) & 0xF8) == 0xF0 && point >= 0x10000 && point <= 0x10FFFF;
}

TEST(ItemParser, OnlyUtf8PassesByteForByte) {
  ItemParser parser;
  int accepted = 0;
  const auto check = [&](std::uint32_t bytes, int count) {
    std::string inner;
    for (int i = count - 1; i >= 0; --i) inner += static_cast<char>((bytes >> (8 * i)) & 0xFF);
    for (const std::string_view lead :
         {"", "\\t"}) {  // read in one run, and through the escape path
      const std::string string = "\"a\":\"" + std::string(lead) + inner + "\"";
      const auto item = parser.parse("{" + string + "}");
      ASSERT_EQ(item.has_value(), is_utf8(bytes, count)) << std::hex << bytes;
      if (item) {
        EXPECT_EQ(item->members, string);
      } else {
        EXPECT_EQ(item.error().fault, Fault::syntax);
      }
    }
    accepted += is_utf8(bytes, count) ? 1 : 0;
  };
  // Every pair; then every lead with the bytes at the edges of the ranges behind it.
  constexpr std::array<std::uint32_t, 9> kEdges = {0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                                   0xA0, 0xBF, 0xC0, 0xFF};
  for (std::uint32_t lead = 0x80; lead <= 0xFF; ++lead) {
    for (std::uint32_t next = 0x80; next <= 0xFF; ++next) check((lead << 8) | next, 2);
    for (const std::uint32_t a : kEdges) {
      for (const std::uint32_t b : kEdges) {
        if (lead >= 0xE0) check((lead << 16) | (a << 8) | b, 3);
        for (const std::uint32_t c : kEdges) {
          if (lead >= 0xF0) check((lead << 24) | (a << 16) | (b << 8) | c, 4);
        }
      }
    }
  }
  EXPECT_GT(accepted, 30 * 64);
  EXPECT_TRUE(rejected("{\"a\":\"\xE2\x82", Fault::syntax));
  EXPECT_TRUE(rejected("{\"a\":\"\xE2\x82\"}", Fault::syntax));
}

TEST(ItemParser, NumbersKeepTheirDigitsWithinDynamoDbsRange) {
  const std::string nines(38, '9');
  const std::string accepted[] = {
      "0",
      "1",
      "-1",
      "0.1",
      "1.0",
      "1.50",
      "0.0",
      "0e5",
      "1E+5",
      "1e5",
      "1E-5",
      "9007199254740993",
      "-9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      nines,
      "-" + nines,
      "0." + nines,
      "123456789012345678901234567890123456780000",
      "1.2345678901234567890123456789012345678",
      "1e-130",
      "-1e-130",
      "1.0000000000000000000000000000000000001e-130",
      "0.1e-129",
      "10e-131",
      "0." + std::string(129, '0') + "1",
      "9.9999999999999999999999999999999999999e125",
      "-9.9999999999999999999999999999999999999E+125",
      nines + std::string(88, '0'),
      "1" + std::string(125, '0'),
      "0.001e128",
      "1000e122",
      "1" + std::string(200, '0') + "e-200",
      "0." + std::string(200, '0') + "1e201",
      "1e00000000000000000005",
      "1e-00000000000000000005",
      "1e" + std::string(253, '0') + "5",
      "0e2147483647",
      "1." + std::string(254, '0'),
      "-1." + std::string(253, '0'),
  };
  for (const std::string& number : accepted) {
    EXPECT_EQ(members("{\"n\":" + number + "}"), "\"n\":" + number);
    EXPECT_EQ(members("{\"n\":[" + number + " ," + number + "],\"padded\":\"" +
                      std::string(40, 'x') + "\"}"),
              "\"n\":[" + number + "," + number + "],\"padded\":\"" + std::string(40, 'x') + "\"");
  }
}

TEST(ItemParser, NegativeZeroBecomesZero) {
  for (const std::string_view zero : {"-0", "-0.0", "-0e7", "-0.000E-9"}) {
    EXPECT_EQ(members("{\"n\":" + std::string(zero) + "}"), "\"n\":0");
    EXPECT_EQ(dynamodb_bytes("{\"n\":" + std::string(zero) + "}"), 1 + 2U);
  }
}

TEST(ItemParser, NumbersThatDynamoDbCannotHoldAreInvalid) {
  const std::string nines(39, '9');
  const std::string digits = " has 39 significant digits; at most 38 can be stored";
  const std::string large = " is too large; its magnitude must be under 1E+126";
  const std::string small = " is too close to zero; its magnitude must be at least 1E-130";
  const std::pair<std::string, std::string> cases[] = {
      {nines, digits},
      {"-" + nines, digits},
      {"0." + nines, digits},
      {"1" + std::string(37, '0') + "1", digits},
      {"1.23456789012345678901234567890123456789", digits},
      {nines + "e999", digits},
      {"1e400", large},
      {"-1e400", large},
      {"1e126", large},
      {"10e125", large},
      {"0.1e127", large},
      {"1" + std::string(126, '0'), large},
      {"1e2147483647", large},
      {"1e-131", small},
      {"-1e-131", small},
      {"0.1e-130", small},
      {"9.9e-131", small},
      {"0." + std::string(130, '0') + "1", small},
      {"1e-2147483647", small},
  };
  for (const auto& [number, rule] : cases) {
    expect_fault("{\"a\":{\"n\": " + number + "}}", Fault::invalid_number,
                 "at byte 11: the number in member \"n\"" + rule);
    EXPECT_TRUE(rejected("{\"a\":[" + number + "]}", Fault::invalid_number)) << number;
  }
  for (const std::string& exponent : {"99999999999"s, "-99999999999"s, std::string(5000, '9')}) {
    expect_fault("{\"a\":1,\"n\":-1.5e" + exponent + "}", Fault::invalid_number,
                 "at byte 11: the number in member \"n\" has an exponent that is out of range");
  }
}

TEST(ItemParser, NumbersOfMoreThan256CharactersAreInvalid) {
  for (const std::string& number :
       {"1." + std::string(255, '0'), "-1." + std::string(254, '0'), "0." + std::string(255, '0'),
        "1e" + std::string(254, '0') + "5",
        "1" + std::string(200, '0') + "e-" + std::string(54, '0')}) {
    ASSERT_EQ(number.size(), 257U);
    expect_fault(
        "{\"a\":1,\"n\":" + number + "}", Fault::invalid_number,
        "at byte 11: the number in member \"n\" has 257 characters; at most 256 are allowed");
  }
}

TEST(ItemParser, AMegabyteOfDigitsIsInvalid) {
  const std::string zeros(1'000'000, '0');
  EXPECT_TRUE(rejected("{\"n\":0." + zeros + "}", Fault::invalid_number));
  EXPECT_TRUE(rejected("{\"n\":1" + zeros + "e-1000000}", Fault::invalid_number));
  EXPECT_TRUE(rejected("{\"n\":1" + zeros + "}", Fault::invalid_number));
  EXPECT_TRUE(rejected("{\"n\":0." + zeros + "1}", Fault::invalid_number));
  EXPECT_TRUE(rejected("{\"n\":" + std::string(1'000'000, '7') + "}", Fault::invalid_number));
}

TEST(ItemParser, SizesFollowDynamoDbsFormula) {
  const std::pair<std::string, std::size_t> values[] = {
      {R"("")", 0},
      {R"("abc")", 3},
      {R"("\u00e9\n")", 3},
      {"\"\u20ac\"", 3},
      {"null", 1},
      {"true", 1},
      {"false", 1},
      {"0", 2},
      {"7", 2},
      {"-7", 3},
      {"12", 2},
      {"123", 3},
      {"1200", 2},
      {"0.0012", 2},
      {"1e100", 2},
      {std::string(38, '9'), 20},
      {"-" + std::string(38, '9'), 21},
      {"[]", 3},
      {"{}", 3},
      {"[true]", 3 + 1 + 1},
      {"[null,\"ab\",12]", 3 + 3 + 1 + 2 + 2},
      {R"({"ab":"c"})", 3 + 1 + 2 + 1},
      {R"({"ab":{"\u00e9":[]}})", 3 + 1 + 2 + (3 + 1 + 2 + 3)},
  };
  for (const auto& [value, bytes] : values) {
    EXPECT_EQ(dynamodb_bytes("{\"name\":" + value + "}"), 4 + bytes) << value;
    EXPECT_EQ(dynamodb_bytes("{\"a\":" + value + ",\"b\":" + value + "}"), 2 * (1 + bytes))
        << value;
  }
}

TEST(ItemParser, AParserForgetsTheTextBefore) {
  ItemParser parser;
  for (const std::string_view before :
       {R"({"id":"k","a":1})", R"({"a":"\u0062","a":1})", R"({"\u0061":"x)", R"([1,2])",
        R"({"id":5)", R"({"a":{"b":[{"c")", R"({"picus:":0})"}) {
    (void)parser.parse(before);
    const auto item = parser.parse(R"({"a":{"b":2}})");
    ASSERT_TRUE(item) << before << ": " << item.error().message;
    EXPECT_EQ(item->id, std::nullopt);
    EXPECT_EQ(item->members, R"("a":{"b":2})");
    EXPECT_EQ(item->members_dynamodb_bytes, 1 + (3 + 1 + 1 + 2U));
  }
}

}  // namespace
}  // namespace picus::json
