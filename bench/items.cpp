#include "items.h"

#include <charconv>
#include <numeric>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::string_view kBeforeNumber = R"({"id":"item-)";
constexpr std::size_t kDigits = 8;
constexpr std::string_view kMembers = R"(","name":"Garden chair, oak","price":129.95,"stock":17,)"
                                      R"("tags":["garden","wood"],"active":true,"note":")";
constexpr std::string_view kNote = "Weatherproof and stackable, delivered in two days. ";
constexpr std::string_view kEnd = R"("})";
constexpr std::string_view kAttributes =
    R"("},"name":{"S":"Garden chair, oak"},"price":{"N":"129.95"},"stock":{"N":"17"},"tags":{"L":)"
    R"([{"S":"garden"},{"S":"wood"}]},"active":{"BOOL":true},"note":{"S":")";
constexpr std::size_t kPieceBytes = 100'000;

}  // namespace

std::string item_id(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string id = "item-";
  id.append(kDigits - digits.size(), '0');
  return id += digits;
}

Items::Items(std::size_t item_bytes) : after_id_(kMembers) {
  const std::size_t taken = kBeforeNumber.size() + kDigits + kMembers.size() + kEnd.size();
  if (item_bytes < taken)
    throw std::invalid_argument("an item has at least " + std::to_string(taken) + " bytes");
  for (std::size_t i = 0; i < item_bytes - taken; ++i) note_ += kNote[i % kNote.size()];
  after_id_.append(note_).append(kEnd);
}

std::string Items::text(std::uint64_t number) const {
  return R"({"id":")" + item_id(number) + after_id_;
}

std::string Items::attributes(std::uint64_t number) const {
  std::string text = R"({"id":{"S":")";
  text.append(item_id(number)).append(kAttributes).append(note_).append(R"("}})");
  return text;
}

std::optional<std::uint64_t> Items::number_of(std::string_view text) const {
  if (!text.starts_with(kBeforeNumber) || text.size() < kBeforeNumber.size() + kDigits) return {};
  const std::string_view digits = text.substr(kBeforeNumber.size(), kDigits);
  if (text.substr(kBeforeNumber.size() + kDigits) != after_id_) return {};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + kDigits, number);
  if (error != std::errc() || end != digits.data() + kDigits) return {};
  return number;
}

Sequence::Sequence(std::uint64_t count, Order order) : count_(count) {
  if (order == Order::ascending) return;
  // A step of about the golden section that shares no divisor with the count visits every number
  // once.
  step_ = static_cast<std::uint64_t>(static_cast<double>(count) * 0.618);
  while (std::gcd(step_, count_) != 1) ++step_;
}

std::uint64_t Sequence::at(std::uint64_t index) const { return index * step_ % count_; }

void each_piece(const Items& items, const Sequence& sequence, std::uint64_t count,
                const std::function<void(std::string_view)>& sink) {
  std::string piece;
  for (std::uint64_t index = 0; index < count; ++index) {
    piece += items.text(sequence.at(index));
    piece += '\n';
    if (piece.size() < kPieceBytes) continue;
    sink(piece);
    piece.clear();
  }
  if (!piece.empty()) sink(piece);
}

}  // namespace bench
