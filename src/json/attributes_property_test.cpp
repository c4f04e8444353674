#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/attributes.h"
#include "json/item_parser.h"
#include "json/testing/json_testing.h"

// Random items to attributes and back. Every seed is fixed: a failure comes back the same.
namespace picus::json {
namespace {

constexpr AttributeNames kNames{.key = "pk", .meta = "picus:meta"};

std::string normalised(ItemParser& parser, const std::string& text) {
  const auto item = parser.parse(text);
  EXPECT_TRUE(item) << text;
  std::string out = R"({"id":"k")";
  if (!item->members.empty()) out += ',';
  return out.append(item->members) + '}';
}

std::string attributes_of(const std::string& item) {
  std::string out = "{";
  EXPECT_TRUE(append_attributes(out, item, kNames.key)) << item;
  return out + '}';
}

std::optional<std::string> plain_or_nothing(std::string_view map) {
  // In memory of exactly its size, so that AddressSanitizer sees a read beyond it.
  const auto exact = std::make_unique_for_overwrite<char[]>(map.size());
  map.copy(exact.get(), map.size());
  Reader in({exact.get(), map.size()});
  std::string out;
  if (!append_item(out, in, kNames) || !in.end()) return std::nullopt;
  return out;
}

std::vector<std::string> sorted_decimals(std::string_view json) {
  std::vector<std::string> all = decimals(numbers_in(json));
  std::ranges::sort(all);
  return all;
}

/// The same JSON as another implementation might write it: members in any order, white space,
/// characters escaped that need not be.
class Respelling {
 public:
  explicit Respelling(Random& random) : random_(random) {}

  std::string of(const boost::json::value& value) {
    if (value.is_object()) return of_object(value.get_object());
    if (value.is_array()) return of_array(value.get_array());
    if (value.is_string()) return of_string(value.get_string());
    return boost::json::serialize(value);
  }

 private:
  std::string of_object(const boost::json::object& object) {
    std::vector<std::string> members;
    for (const auto& member : object) {
      members.push_back(of_string(member.key()) + space() + ':' + space() + of(member.value()));
    }
    std::ranges::shuffle(members, random_);
    return '{' + space() + joined(members) + space() + '}';
  }

  std::string of_array(const boost::json::array& array) {
    std::vector<std::string> elements;
    for (const auto& element : array) elements.push_back(of(element));
    return '[' + space() + joined(elements) + space() + ']';
  }

  std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
      if (&part != parts.data()) text += space() + ',' + space();
      text += part;
    }
    return text;
  }

  std::string of_string(std::string_view string) {
    std::string text = boost::json::serialize(boost::json::string(string));
    if (pick(random_, 0, 2) > 0) return text;
    std::string escaped;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\') {
        const std::size_t bytes = text[i + 1] == 'u' ? 6 : 2;
        escaped += text.substr(i, bytes);
        i += bytes - 1;
        continue;
      }
      if (text[i] >= 'a' && text[i] <= 'z' && pick(random_, 0, 3) == 0) {
        constexpr std::string_view kHex = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(text[i]);
        escaped += "\\u00";
        escaped += kHex[byte >> 4];
        escaped += kHex[byte & 0xF];
        continue;
      }
      escaped += text[i];
    }
    return escaped;
  }

  std::string space() { return pick(random_, 0, 5) == 0 ? std::string(" \n") : std::string(); }

  Random& random_;
};

TEST(AttributesProperty, EveryItemComesBackEqual) {
  Random random(20240707);
  ItemParser parser;
  std::size_t numbers = 0;
  for (int round = 0; round < 3000; ++round) {
    RandomItem writer(random);
    const std::string item = normalised(parser, writer.item());
    const std::string attributes = attributes_of(item);
    const auto back = plain_or_nothing(attributes);
    ASSERT_TRUE(back) << attributes;
    ASSERT_EQ(structure(*back), structure(item)) << item;
    ASSERT_EQ(decimals(numbers_in(*back)), decimals(numbers_in(item))) << item;
    numbers += numbers_in(item).size();
  }
  EXPECT_GT(numbers, 10'000U);
}

TEST(AttributesProperty, TheSpellingOfAnAnswerMakesNoDifference) {
  Random random(4);
  ItemParser parser;
  for (int round = 0; round < 1000; ++round) {
    RandomItem writer(random);
    const std::string item = normalised(parser, writer.item());
    const std::string map = Respelling(random).of(boost::json::parse(attributes_of(item)));
    const auto back = plain_or_nothing(map);
    ASSERT_TRUE(back) << map;
    ASSERT_TRUE(back->starts_with(R"({"id":"k")")) << *back;
    ASSERT_EQ(structure(*back), structure(item)) << map;
    ASSERT_EQ(sorted_decimals(*back), sorted_decimals(item)) << map;
  }
}

constexpr auto kAttributeFragments = std::to_array<std::string_view>(
    {R"({"S":)", R"({"N":")", R"({"L":[)", R"("pk":{"S":"k"},)", R"("picus:meta":)"});

TEST(AttributesProperty, ABrokenAnswerIsAnErrorOrStillGivesJson) {
  Random random(11);
  ItemParser parser;
  int accepted = 0;
  int refused = 0;
  for (int round = 0; round < 10'000; ++round) {
    RandomItem writer(random);
    const std::string whole = attributes_of(normalised(parser, writer.item()));
    const std::string map = mutated(random, whole.substr(0, 4000), kAttributeFragments);
    const auto back = plain_or_nothing(map);
    if (!back) {
      ++refused;
      continue;
    }
    ++accepted;
    boost::json::error_code error;
    boost::json::parse_options options;
    options.max_depth = Reader::kMaxDepth;
    (void)boost::json::parse(*back, error, {}, options);
    ASSERT_FALSE(error) << map << " gave " << *back;
  }
  EXPECT_GT(accepted, 300);
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace picus::json
