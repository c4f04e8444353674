#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/layers.h"
#include "config/setting.h"

namespace picus {

/// What a client proves with who it is.
struct ClientToken {
  std::filesystem::path file;  ///< empty: none
  std::string text;            ///< the token itself; empty: none
  bool insecure_http = false;  ///< may cross a network as it is

  [[nodiscard]] bool is_given() const { return !file.empty() || !text.empty(); }
};

/// The variable that has the token itself; it is no setting, as no flag has it: other users of a
/// machine see command lines.
inline constexpr std::string_view kTokenVariable = "PICUS_TOKEN";

void add_client_token(std::vector<Setting>& settings, ClientToken& to, Scope scope);

/// Takes the token from its variable.
void take_variable(const Environment& environment, ClientToken& to);

/// A token that is usable for a server at `url`: it does not cross a network in clear. The error is
/// for the user.
std::expected<void, std::string> check(const ClientToken& token, const std::string& url);

/// The value of the header Authorization, nothing where there is no token. Reads the file anew, so
/// that a renewed token counts. The error is for the user.
std::expected<std::optional<std::string>, std::string> authorization(const ClientToken& token);

}  // namespace picus
