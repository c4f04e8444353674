#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"

namespace picus::aws {

/// `2026-11-24T21:30:00Z`, with or without a fraction, also with an offset: `+01:00`. What the
/// clock's type cannot hold, as the year 9999, becomes the last or first second that it can.
std::optional<std::chrono::system_clock::time_point> parse_iso8601(std::string_view text);

/// What a service says, fit for a line of the log: printable ASCII, 200 characters at most.
std::string excerpt(std::string_view text);

// A failure says what is wrong with the document, and shows nothing of it but the service's own
// error code and message.

/// What the container endpoint and the instance metadata answer.
std::expected<Credentials, std::string> parse_credentials_json(std::string_view body);

/// What STS answers.
std::expected<Credentials, std::string> parse_sts_answer(std::string_view body);

/// Code and message of STS's error document, `InvalidIdentityToken: …`; empty if there is no code.
std::string parse_sts_error(std::string_view body);

}  // namespace picus::aws
