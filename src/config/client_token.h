#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/layers.h"
#include "config/setting.h"

namespace picus {

namespace asio = boost::asio;

/// The source of the token that a client sends.
struct ClientToken {
  enum class Maker : std::uint8_t { none, aws };

  std::filesystem::path file;      ///< empty: none
  std::string text;                ///< the token itself; empty: none
  Maker maker = Maker::none;       ///< aws: STS makes tokens for the holder of the AWS credentials
  std::string audience = "picus";  ///< of the tokens that are made
  bool insecure_http = false;      ///< the token may be sent over plain http
  Environment environment;         ///< for the credentials and the region

  [[nodiscard]] bool is_given() const {
    return !file.empty() || !text.empty() || maker != Maker::none;
  }
};

/// The variable that has the token itself; it is not a setting, because no flag has it: other users
/// of a machine can see command lines.
inline constexpr std::string_view kTokenVariable = "PICUS_TOKEN";

/// The settings. They take the token from its variable, too.
void add_client_token(std::vector<Setting>& settings, ClientToken& to, Scope scope);

/// Takes the token from its variable, and keeps the environment.
void take_variable(const Environment& environment, ClientToken& to);

/// Checks that there is at most one source, and that the token is not sent unencrypted to the
/// server at `url`. The error is for the user.
std::expected<void, std::string> check(const ClientToken& token, const std::string& url);

/// AWS_REGION, or AWS_DEFAULT_REGION; empty: there is none.
std::string region_in(const Environment& environment);

/// The header Authorization of a client. For one thread.
class Authorization {
 public:
  using Value = std::expected<std::optional<std::string>, std::string>;

  explicit Authorization(ClientToken token);
  ~Authorization();

  /// The value for the next request; nothing: there is no token. A file is read again each
  /// time, a pipe once. A token of STS is requested again when half of its time has passed. The
  /// error is for the user.
  asio::awaitable<Value> value();

 private:
  struct Maker;

  ClientToken token_;
  std::string piped_;  // what a pipe had
  std::unique_ptr<Maker> maker_;
};

}  // namespace picus
