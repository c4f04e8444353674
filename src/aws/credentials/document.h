#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"

namespace picus::aws {

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
