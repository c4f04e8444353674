#include "json/testing/json_testing.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cctype>
#include <utility>

namespace picus::json {
namespace {

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

void drop_numbers(boost::json::value& value) {
  if (value.is_number()) {
    value = 0;
  } else if (value.is_array()) {
    for (auto& element : value.get_array()) drop_numbers(element);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) drop_numbers(member.value());
  }
}

}  // namespace

int pick(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

std::string RandomItem::item() {
  text_.clear();
  numbers_.clear();
  object(0);
  return text_;
}
void RandomItem::object(int depth) {
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

void RandomItem::array(int depth) {
  text_ += '[';
  const int count = pick(random_, 0, 5);
  for (int i = 0; i < count; ++i) {
    if (i > 0) text_ += ',';
    value(depth + 1);
  }
  space();
  text_ += ']';
}

void RandomItem::value(int depth) {
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

void RandomItem::string(std::string_view prefix) {
  text_ += '"';
  text_ += prefix;
  const int count = pick(random_, 0, pick(random_, 0, 30) == 0 ? 9000 : 20);
  for (int i = 0; i < count; ++i) text_ += character();
  text_ += '"';
}

std::string RandomItem::character() {
  static constexpr auto kOthers = std::to_array<std::string_view>(
      {"\\n", "\\\"", "\\\\", "\\/", "\\u0000", "\\u001F", "\\u0041", "\\u00e9", "\\uD83D\\uDE00",
       "\\t", "\u00e9", "\u20ac", "\U0001F600", "\x7f", "\uFFFD", "\\b", "\\f", "\\r"});
  if (pick(random_, 0, 3) > 0) return {static_cast<char>(pick(random_, 'a', 'z'))};
  return std::string(kOthers[static_cast<std::size_t>(pick(random_, 0, kOthers.size() - 1))]);
}

std::string RandomItem::number() {
  std::string text = pick(random_, 0, 2) == 0 ? "-" : "";
  text += pick(random_, 0, 3) == 0 ? "0" : std::to_string(pick(random_, 1, 9)) + digits(0, 15);
  if (pick(random_, 0, 1) == 0) text += "." + digits(1, 20);
  if (pick(random_, 0, 3) > 0) return text;
  constexpr auto kMarks = std::to_array<std::string_view>({"e", "E", "e+", "E-"});
  text += kMarks[static_cast<std::size_t>(pick(random_, 0, 3))];
  return text + std::to_string(pick(random_, 0, 100));
}

std::string RandomItem::digits(int low, int high) {
  std::string text;
  const int count = pick(random_, low, high);
  for (int i = 0; i < count; ++i) text += static_cast<char>(pick(random_, '0', '9'));
  return text;
}

void RandomItem::space() {
  static constexpr std::string_view kSpace = " \t\r\n";
  while (pick(random_, 0, 4) == 0) {
    text_ += kSpace[static_cast<std::size_t>(pick(random_, 0, 3))];
  }
}

std::string mutated(Random& random, std::string text, std::span<const std::string_view> fragments) {
  static constexpr auto kOfJson = std::to_array<std::string_view>(
      {"\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "\\u", "\\ud800", "\xff", "null", " "});
  const auto index = [&](std::size_t size) {
    return size == 0 ? 0 : static_cast<std::size_t>(pick(random, 0, static_cast<int>(size) - 1));
  };
  for (int edits = pick(random, 1, 4); edits > 0; --edits) {
    const std::size_t at = index(text.size());
    const std::size_t count = index(std::min<std::size_t>(text.size() - at, 12));
    const std::size_t fragment = index(kOfJson.size() + fragments.size());
    switch (pick(random, 0, 4)) {
      case 0:
        text.insert(at, fragment < kOfJson.size() ? kOfJson[fragment]
                                                  : fragments[fragment - kOfJson.size()]);
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

boost::json::value structure(std::string_view text) {
  boost::json::value value = boost::json::parse({text.data(), text.size()});
  drop_numbers(value);
  return value;
}

}  // namespace picus::json
