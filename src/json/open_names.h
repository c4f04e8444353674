#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace picus::json {

/// The member names of the open objects of a parser, to detect names that occur twice. A few names
/// of an object are compared one by one; many are hashed with a seed that a client cannot know.
/// Owns no text: names must live until the next clear().
class OpenNames {
 public:
  void clear();
  void open();   ///< an object starts, inside the open ones
  void close();  ///< the innermost object ends
  [[nodiscard]] std::size_t depth() const { return objects_.size(); }

  /// False: the innermost object already has this name.
  bool add(std::string_view name);
  /// The last added name of the objects that are still open; empty: none.
  [[nodiscard]] std::string_view last() const;

 private:
  struct Object {
    std::size_t first;     ///< its names are names_[first…]
    std::uint64_t number;  ///< distinguishes its names from those of others in many_
    bool hashed;
  };
  struct HashedName {
    std::uint64_t object;
    std::string_view name;
    bool operator==(const HashedName&) const = default;
  };
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(const HashedName& hashed) const;
  };

  void hash_names(Object& object);

  std::vector<std::string_view> names_;
  std::vector<Object> objects_;
  // Names of closed objects are kept: no later object has their number, and erasing them would cost
  // more.
  boost::unordered_flat_set<HashedName, Hash> many_;
  std::uint64_t objects_seen_ = 0;
};

}  // namespace picus::json
