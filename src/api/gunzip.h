#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace picus {

/// Decodes gzip data (RFC 1952) that arrives in pieces: all its members, and zeros after a member,
/// which programs add that write whole blocks. The checksum of each member is verified.
class Gunzip {
 public:
  /// The memory of one decoder, including its buffer for text.
  static constexpr std::size_t kMemoryBytes = 64UZ * 1024;

  enum class Fault : std::uint8_t {
    none,
    no_gzip,   ///< the data does not start like gzip
    damaged,   ///< a member is malformed, or does not have its checksum or length
    trailing,  ///< a member is followed by something other than a member or zeros
  };

  Gunzip();
  ~Gunzip();

  /// Takes the next piece of data. The view is used until next() returns an empty text.
  void feed(std::string_view piece);
  /// The next text, valid until the next call; empty: it needs another piece, or there is an error.
  std::string_view next();

  [[nodiscard]] Fault fault() const;
  /// Whether the data may end here.
  [[nodiscard]] bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus
