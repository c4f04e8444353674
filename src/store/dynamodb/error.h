#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/dynamodb_client.h"
#include "core/error.h"

namespace picus {

/// What a call that has no answer is to a client of Picus; AWS's words stay in detail().
Error dynamodb_error(const aws::CallError& error);

/// What only the person who runs Picus can mend.
enum class Trouble : std::uint8_t {
  none,
  no_table,
  not_active,  ///< the table is there, but cannot be used yet, or any more
  access_denied,
  key_refused,  ///< that of KMS, which encrypts the table
  bad_credentials,
  wrong_key,
};

Trouble trouble_of(const aws::CallError& error);

/// One sentence or two: what is wrong with the table, and the way out. Nothing for `none`.
std::string advice_on(Trouble trouble, std::string_view table, std::string_view key_attribute);

}  // namespace picus
