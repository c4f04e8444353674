#include <array>
#include <filesystem>
#include <utility>

#include "aws/credentials_provider.h"
#include "aws/environment.h"
#include "aws/profile_file.h"

namespace picus::aws {
namespace {

/// Ways of a profile that Picus does not go.
constexpr std::array<std::string_view, 6> kUnsupported{"source_profile",     "credential_source",
                                                       "credential_process", "sso_session",
                                                       "sso_start_url",      "login_session"};

class ProfileCredentials final : public CredentialsProvider {
 public:
  ProfileCredentials(const Environment& environment, net::HttpPool& pool, std::string sts_endpoint)
      : pool_(pool),
        sts_endpoint_(std::move(sts_endpoint)),
        home_(variable(environment, "HOME")),
        name_(variable(environment, "AWS_PROFILE")),
        credentials_file_(path(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")),
        config_file_(path(environment, "AWS_CONFIG_FILE", "config")) {
    if (name_.empty()) name_ = variable(environment, "AWS_DEFAULT_PROFILE");
    asked_for_ = !name_.empty();
    if (name_.empty()) name_ = "default";
  }

  [[nodiscard]] std::string_view name() const override { return "profile"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    auto profile = read();
    if (!profile) co_return std::unexpected(std::move(profile.error()));
    if (!setting(*profile, "web_identity_token_file").empty()) {
      const auto provider =
          web_identity_credentials(web_identity_settings(*profile), pool_, sts_endpoint_);
      auto provided = co_await provider->fetch(deadline);
      if (!provided) co_return failed(named() + ": " + provided.error().reason);
      co_return provided;
    }
    co_return keys_of(*profile);
  }

 private:
  /// As the SDKs do it: the credentials file wins over the config file.
  std::expected<Profile, ProviderError> read() const {
    Profile profile;
    bool found = false;
    for (const auto& [path, file] : {std::pair(config_file_, ProfileFile::config),
                                     std::pair(credentials_file_, ProfileFile::credentials)}) {
      std::error_code error;
      if (path.empty() || !std::filesystem::exists(path, error)) continue;
      const auto text = read_file(path);
      if (!text) return failed(text.error());
      found = add_profile(*text, file, name_, profile) || found;
    }
    if (found) return profile;
    const std::string reason =
        named() + " is neither in " + credentials_file_ + " nor in " + config_file_;
    if (asked_for_) return failed(reason);
    return not_configured(reason);
  }

  [[nodiscard]] Provided keys_of(const Profile& profile) const {
    for (const std::string_view way : kUnsupported) {
      if (setting(profile, way).empty()) continue;
      return failed(named() + " has " + std::string(way) +
                    ", which Picus does not support: give it keys, or set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY");
    }
    Credentials credentials{.access_key_id = setting(profile, "aws_access_key_id"),
                            .secret_access_key = setting(profile, "aws_secret_access_key"),
                            .session_token = setting(profile, "aws_session_token"),
                            .expires = {}};
    if (credentials.access_key_id.empty()) {
      const std::string reason = named() + " has no aws_access_key_id";
      if (asked_for_) return failed(reason);
      return not_configured(reason);
    }
    if (credentials.secret_access_key.empty()) {
      return failed(named() + " has an aws_access_key_id and no aws_secret_access_key");
    }
    const auto fault = fault_of_keys(
        credentials, {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"});
    if (fault) return failed(named() + ": " + *fault);
    return credentials;
  }

  [[nodiscard]] Environment web_identity_settings(const Profile& profile) const {
    return {{"AWS_WEB_IDENTITY_TOKEN_FILE", at_home(setting(profile, "web_identity_token_file"))},
            {"AWS_ROLE_ARN", setting(profile, "role_arn")},
            {"AWS_ROLE_SESSION_NAME", setting(profile, "role_session_name")}};
  }

  static std::string setting(const Profile& profile, std::string_view name) {
    const auto found = profile.find(name);
    return found == profile.end() ? std::string() : found->second;
  }

  [[nodiscard]] std::string path(const Environment& environment, std::string_view name,
                                 std::string_view file) const {
    const std::string own = variable(environment, name);
    return at_home(own.empty() ? "~/.aws/" + std::string(file) : own);
  }

  /// `~/` is what the shell leaves where a file is named in a file.
  [[nodiscard]] std::string at_home(std::string path) const {
    if (!path.starts_with("~/") || home_.empty()) return path;
    return home_ + path.substr(1);
  }

  [[nodiscard]] std::string named() const { return "profile '" + name_ + "'"; }

  net::HttpPool& pool_;
  std::string sts_endpoint_;
  std::string home_;
  std::string name_;
  std::string credentials_file_;
  std::string config_file_;
  bool asked_for_ = false;  // somebody named the profile: it has to be there
};

}  // namespace

std::unique_ptr<CredentialsProvider> profile_credentials(const Environment& environment,
                                                         net::HttpPool& pool,
                                                         std::string sts_endpoint) {
  return std::make_unique<ProfileCredentials>(environment, pool, std::move(sts_endpoint));
}

}  // namespace picus::aws
