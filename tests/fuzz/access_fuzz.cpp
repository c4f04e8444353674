#include "auth/configuration.h"
#include "fuzzing.h"

// The configuration of who may do what.
namespace picus::fuzzing {

void look_at(std::string_view text) {
  const auto configuration = auth::parse_configuration(text);
  if (!configuration) {
    expect(!configuration.error().empty());
    return;
  }
  // What is written says the same.
  const std::string written = auth::text_of(*configuration, auth::Digests::shown);
  const auto again = auth::parse_configuration(written);
  expect(again && auth::text_of(*again, auth::Digests::shown) == written);
  for (const auto& token : configuration->tokens) expect(auth::is_token_name(token.name));
  for (const auto& issuer : configuration->issuers) expect(!issuer.audience.empty());
}

}  // namespace picus::fuzzing
