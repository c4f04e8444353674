#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/dynamodb_client.h"
#include "core/error.h"

namespace picus {

/// The error for the client when a call has no response; the text of AWS is in detail().
Error dynamodb_error(const aws::CallError& error);

/// Errors that only the operator can fix.
enum class Trouble : std::uint8_t {
  none,
  no_table,
  not_active,  ///< the table exists, but cannot be used yet, or no longer
  access_denied,
  key_refused,  ///< the KMS key that encrypts the table
  bad_credentials,
  wrong_key,
};

Trouble trouble_of(const aws::CallError& error);

/// One or two sentences: what is wrong with the table, and how to fix it. Empty for `none`.
std::string advice_on(Trouble trouble, std::string_view table, std::string_view key_attribute);

}  // namespace picus
