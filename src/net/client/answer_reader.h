#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/client/http_message.h"

namespace picus::net {

/// Parses a response as it arrives. Interim responses (1xx) are skipped.
class AnswerReader {
 public:
  /// What happens to a body that is too long.
  enum class Excess : std::uint8_t { is_error, is_dropped };

  /// `max_body_bytes`: without a value, the caller takes the body out of answer() as it arrives.
  /// `to_head`: the response to HEAD has no body, whatever its head contains.
  AnswerReader(std::optional<std::size_t> max_body_bytes, bool to_head,
               Excess excess = Excess::is_error);
  ~AnswerReader();

  /// Takes the next bytes. After an error the response cannot be completed.
  boost::system::error_code take(std::string_view came);
  /// The connection has ended: this ends a body without a length, or is an error.
  boost::system::error_code end();

  [[nodiscard]] bool has_head() const;
  [[nodiscard]] bool is_done() const;
  /// Whether the connection can be used for another request: it stays open, and nothing followed
  /// the response.
  [[nodiscard]] bool is_reusable() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// The part that has arrived.
  [[nodiscard]] HttpResponse& answer() { return answer_; }

 private:
  class Parser;

  std::optional<std::size_t> max_body_bytes_;
  bool to_head_;
  Excess excess_;
  HttpResponse answer_;
  std::string unparsed_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace picus::net
