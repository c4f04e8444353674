#include "json/open_names.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace picus::json {
namespace {

constexpr std::size_t kFewNames = 16;
// A larger table is given back after the parse that needed it.
constexpr std::size_t kKeptBuckets = 4096;

struct Seed {
  std::uint64_t a;
  std::uint64_t b;
};

std::uint64_t random_word(std::random_device& device) {
  return (std::uint64_t{device()} << 32) | device();
}

const Seed& seed() {
  static const Seed kSeed = [] {
    std::random_device device;
    return Seed{random_word(device) | 1, random_word(device) | 1};
  }();
  return kSeed;
}

// Both halves of the 128-bit product, folded: every bit of either factor reaches every
// bit of the result.
std::uint64_t mix(std::uint64_t x, std::uint64_t y) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

}  // namespace

std::size_t OpenNames::Hash::operator()(const HashedName& hashed) const {
  const Seed& key = seed();
  std::uint64_t hash = mix(hashed.object ^ key.a, hashed.name.size() ^ key.b);
  for (std::size_t i = 0; i < hashed.name.size(); i += sizeof(std::uint64_t)) {
    const std::size_t count = std::min(sizeof(std::uint64_t), hashed.name.size() - i);
    hash = mix(load(hashed.name.data() + i, count) ^ hash ^ key.a, key.b);
  }
  return hash;
}

void OpenNames::clear() {
  names_.clear();
  objects_.clear();
  objects_seen_ = 0;
  if (many_.empty()) return;
  if (many_.bucket_count() > kKeptBuckets) {
    many_ = {};
  } else {
    many_.clear();
  }
}

void OpenNames::open() {
  objects_.push_back({.first = names_.size(), .number = objects_seen_++, .hashed = false});
}

void OpenNames::close() {
  names_.resize(objects_.back().first);
  objects_.pop_back();
}

bool OpenNames::add(std::string_view name) {
  Object& object = objects_.back();
  if (object.hashed) {
    if (!many_.insert({object.number, name}).second) return false;
  } else {
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(object.first);
    if (std::find(begin, names_.end(), name) != names_.end()) return false;
  }
  names_.push_back(name);
  if (!object.hashed && names_.size() - object.first > kFewNames) hash_names(object);
  return true;
}

std::string_view OpenNames::last() const {
  return names_.empty() ? std::string_view{} : names_.back();
}

void OpenNames::hash_names(Object& object) {
  for (std::size_t i = object.first; i < names_.size(); ++i) {
    many_.insert({object.number, names_[i]});
  }
  object.hashed = true;
}

}  // namespace picus::json
