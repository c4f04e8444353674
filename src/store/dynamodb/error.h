#pragma once

#include <string>
#include <string_view>

#include "aws/call_error.h"
#include "core/error.h"

namespace picus {

/// The error for a client of the store when a call has no response; the text of AWS is in
/// detail(). core/error.cpp makes the HTTP status of it.
Error dynamodb_error(const aws::CallError& error);

/// One or two sentences: what is wrong with the table, and how to fix it.
std::string advice_on_table(const aws::CallError& error, std::string_view table,
                            std::string_view key_attribute);

/// Whether the table has another key than the store uses.
bool is_wrong_key(const aws::CallError& error);

}  // namespace picus
