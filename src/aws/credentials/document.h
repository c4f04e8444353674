#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"

namespace picus::aws {

/// A text of a service for a log line: printable ASCII, at most 200 characters.
std::string excerpt(std::string_view text);

// A failure describes the error in the document. It contains nothing of the document except the
// error code and message of the service.

/// Credentials from a response of the container endpoint or the instance metadata.
std::expected<Credentials, std::string> parse_credentials_json(std::string_view body);

/// Credentials from a response of STS.
std::expected<Credentials, std::string> parse_sts_answer(std::string_view body);

/// The text of the first such element of an XML document; empty if there is none.
std::string element_of(std::string_view xml, std::string_view name);

/// Code and message of an error document of STS, `InvalidIdentityToken: …`; empty if there is no
/// code.
std::string parse_sts_error(std::string_view body);

}  // namespace picus::aws
