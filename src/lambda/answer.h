#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "lambda/event.h"

/// The response of the function to an event of `source`.
namespace picus::lambda {

/// The maximum size of a response. Base64 is used if it makes a text fit, or if a body is not text,
/// and the source supports it.
std::size_t max_answer_bytes(Source source);

/// The maximum size of a list whose response fits with any characters.
std::size_t max_list_bytes(Source source);

/// The response as JSON; nothing if it is too long. `body`: the body of the response.
std::optional<std::string> encode_answer(Source source, const Response& response,
                                         std::string_view body);

}  // namespace picus::lambda
