#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "lambda/event.h"

/// What a function responds to an event of `source`.
namespace picus::lambda {

/// How long an answer may be at most. Base64 is used where it makes a text fit, or where a body is
/// no text, if the source is known to take it.
std::size_t max_answer_bytes(Source source);

/// How long a list may be, so that its answer fits whatever characters are in it.
std::size_t max_list_bytes(Source source);

/// The answer as JSON; nothing where it would become too long. `body`: the response's, as it is to
/// be sent.
std::optional<std::string> encode_answer(Source source, const Response& response,
                                         std::string_view body);

}  // namespace picus::lambda
