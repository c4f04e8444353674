#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/dynamodb_client.h"
#include "core/error.h"
#include "core/log.h"

namespace picus {

/// What a call that has no answer is to a client of Picus; AWS's words stay in detail().
Error dynamodb_error(const aws::CallError& error);

/// What only the person who runs Picus can mend.
enum class Trouble : std::uint8_t { none, no_table, access_denied, bad_credentials, wrong_key };

Trouble trouble_of(const aws::CallError& error);

/// One sentence or two: what is wrong with the table, and the way out. Nothing for `none`.
std::string advice_on(Trouble trouble, std::string_view table, std::string_view key_attribute);

/// Tells the log of such troubles: of each kind at once, and then once a minute while it lasts.
/// Thread-safe.
class TroubleLog {
 public:
  /// `log` outlives it.
  TroubleLog(Log& log, std::string table, std::string key_attribute);

  void tell(const aws::CallError& error, std::string_view operation);

 private:
  static constexpr std::size_t kTroubles = 5;
  static constexpr std::chrono::minutes kInterval{1};

  bool is_due(Trouble trouble);

  Log& log_;
  std::string table_;
  std::string key_attribute_;
  /// When each may be told again, on the steady clock.
  std::atomic<std::chrono::steady_clock::rep> due_[kTroubles] = {};
};

}  // namespace picus
