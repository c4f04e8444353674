#pragma once

#include <boost/json/value.hpp>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What tests of JSON share. Seeds are the tests' own: a failure comes back the same.
namespace picus::json {

using Random = std::mt19937;

int pick(Random& random, int low, int high);

/// A text as a client might write it: white space anywhere, escapes now and then.
class RandomItem {
 public:
  explicit RandomItem(Random& random) : random_(random) {}

  std::string item();
  [[nodiscard]] const std::vector<std::string>& numbers() const { return numbers_; }

 private:
  void object(int depth);
  void array(int depth);
  void value(int depth);
  void string(std::string_view prefix);
  std::string character();
  std::string number();
  std::string digits(int low, int high);
  void space();

  Random& random_;
  std::string text_;
  std::vector<std::string> numbers_;
};

/// The text after a few edits: parts taken out, doubled or cut off, bytes changed, and pieces put
/// in that mean something in JSON, or are among `fragments`.
std::string mutated(Random& random, std::string text, std::span<const std::string_view> fragments);

/// The numbers of a JSON text as they are written, in their order.
std::vector<std::string> numbers_in(std::string_view json);

/// One spelling for every spelling of a decimal number: `-12e3` for `-0.0120E6`.
std::vector<std::string> decimals(std::vector<std::string> numbers);

/// The text's value with every number as 0: doubles are not exact, and numbers are compared apart.
boost::json::value structure(std::string_view text);

}  // namespace picus::json
