#include "json/open_names.h"

#include <algorithm>

#include "json/seeded_hash.h"

namespace picus::json {
namespace {

constexpr std::size_t kFewNames = 16;
// A larger table is given back after the parse that needed it.
constexpr std::size_t kKeptBuckets = 4096;

}  // namespace

std::size_t OpenNames::Hash::operator()(const HashedName& hashed) const {
  return seeded_hash(hashed.name, hashed.object);
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
