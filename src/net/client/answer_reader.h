#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/client/http_pool.h"

namespace picus::net {

/// Takes an answer apart as it comes. Interim answers (1xx) are passed over.
class AnswerReader {
 public:
  /// What becomes of a body that is too long.
  enum class Excess : std::uint8_t { is_error, is_dropped };

  /// `max_body_bytes`: nothing: the body is taken out of answer() as it comes.
  /// `to_head`: the answer has no body, whatever its head says.
  AnswerReader(std::optional<std::size_t> max_body_bytes, bool to_head,
               Excess excess = Excess::is_error);
  ~AnswerReader();

  /// The next bytes. After an error nothing can come of the answer.
  boost::system::error_code take(std::string_view came);
  /// The connection has ended: the end of a body without a length, or too early.
  boost::system::error_code end();

  [[nodiscard]] bool has_head() const;
  [[nodiscard]] bool is_done() const;
  /// The connection can take another request: it stays open, and no more came than the answer.
  [[nodiscard]] bool is_reusable() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// What has come of it.
  [[nodiscard]] PooledResponse& answer() { return answer_; }

 private:
  class Parser;

  std::optional<std::size_t> max_body_bytes_;
  bool to_head_;
  Excess excess_;
  PooledResponse answer_;
  std::string unparsed_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace picus::net
