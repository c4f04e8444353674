#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <tuple>
#include <utility>

#include "aws/credentials/environment.h"
#include "aws/credentials/profile_file.h"
#include "aws/credentials/provider.h"
#include "core/files.h"

namespace picus::aws {
namespace {

using Names = std::initializer_list<std::string_view>;

/// Ways to credentials that Picus does not support. These are tried before keys, ...
constexpr Names kBeforeKeys = {"role_arn", "sso_account_id", "sso_role_name"};
/// ... and these before keys of the config file.
constexpr Names kBeforeConfigKeys = {"login_session", "credential_process"};
/// What only goes with one of these, or with a role.
constexpr Names kWithoutKeys = {"source_profile", "credential_source", "sso_session",
                                "sso_start_url"};
/// Settings that say nothing about credentials and are often there alone.
constexpr Names kOthers = {"region", "output"};

constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecret = "aws_secret_access_key";

class ProfileCredentials final : public CredentialsProvider {
 public:
  ProfileCredentials(const Environment& environment, net::HttpPool& pool, std::string sts_endpoint,
                     CallMetrics calls)
      : pool_(pool),
        sts_endpoint_(std::move(sts_endpoint)),
        calls_(calls),
        home_(variable(environment, "HOME")),
        name_(first_variable(environment, {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})),
        credentials_file_(path(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")),
        config_file_(path(environment, "AWS_CONFIG_FILE", "config")),
        asked_for_(!name_.empty()) {
    if (!asked_for_) name_ = "default";
  }

  [[nodiscard]] std::string_view name() const override { return "profile"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    const auto profiles = read();
    if (!profiles) co_return std::unexpected(profiles.error());
    const Profile all = profiles->merged();
    if (!setting(all, "web_identity_token_file").empty()) {
      const auto provider =
          web_identity_credentials(web_identity_settings(all), pool_, sts_endpoint_, calls_);
      auto provided = co_await provider->fetch(deadline);
      if (!provided) co_return failed(named() + ": " + provided.error().reason);
      co_return provided;
    }
    co_return keys_of(*profiles, all);
  }

 private:
  /// What the profile has in each of the files.
  struct Profiles {
    std::optional<Profile> credentials;
    std::optional<Profile> config;

    /// The credentials file wins over the config file.
    [[nodiscard]] Profile merged() const {
      Profile all = credentials.value_or(Profile());
      if (config) all.insert(config->begin(), config->end());
      return all;
    }
  };

  std::expected<Profiles, ProviderError> read() const {
    Profiles profiles;
    for (const auto& [path, file, profile] :
         {std::tuple(&credentials_file_, ProfileFile::credentials, &profiles.credentials),
          std::tuple(&config_file_, ProfileFile::config, &profiles.config)}) {
      std::error_code error;
      if (path->empty() || !std::filesystem::exists(*path, error)) continue;
      const auto text = read_file(*path, kMaxFileBytes);
      if (!text) return failed(text.error());
      auto found = read_profile(*text, file, name_);
      if (!found) return failed(*path + " cannot be understood: " + found.error());
      *profile = std::move(*found);
    }
    if (profiles.credentials || profiles.config) return profiles;
    const std::string reason =
        named() + " is neither in " + credentials_file_ + " nor in " + config_file_;
    if (asked_for_) return failed(reason);
    return not_configured(reason);
  }

  /// In the order of the AWS CLI. Keys and their token come from one file.
  [[nodiscard]] Provided keys_of(const Profiles& profiles, const Profile& all) const {
    if (auto refused = refuse_any(kBeforeKeys, all)) return std::unexpected(std::move(*refused));
    if (profiles.credentials && has_key(*profiles.credentials)) return keys(*profiles.credentials);
    if (auto refused = refuse_any(kBeforeConfigKeys, all)) {
      return std::unexpected(std::move(*refused));
    }
    if (profiles.config && has_key(*profiles.config)) return keys(*profiles.config);
    if (auto refused = refuse_any(kWithoutKeys, all)) return std::unexpected(std::move(*refused));
    const std::string reason = named() + " has no aws_access_key_id";
    if (asked_for_) return failed(reason);
    // Whoever writes settings into the credentials file means them to be used.
    if (profiles.credentials && !profiles.credentials->empty() && !is_bare(*profiles.credentials)) {
      return failed(reason + ", and no other settings that Picus supports in " + credentials_file_);
    }
    return not_configured(reason);
  }

  /// Half of a pair is a fault to be reported, not a profile without keys.
  static bool has_key(const Profile& profile) {
    return profile.contains(kKeyId) || profile.contains(kSecret);
  }

  /// It has only what says nothing about credentials.
  static bool is_bare(const Profile& profile) {
    return std::ranges::all_of(profile, [](const auto& one) {
      return std::ranges::find(kOthers, one.first) != kOthers.end();
    });
  }

  [[nodiscard]] std::optional<ProviderError> refuse_any(Names ways, const Profile& profile) const {
    for (const std::string_view way : ways) {
      if (setting(profile, way).empty()) continue;
      return failed(named() + " has " + std::string(way) +
                    ", which Picus does not support: give it keys, or set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY")
          .error();
    }
    return std::nullopt;
  }

  [[nodiscard]] Provided keys(const Profile& profile) const {
    Credentials credentials{.access_key_id = setting(profile, kKeyId),
                            .secret_access_key = setting(profile, kSecret),
                            .session_token = setting(profile, "aws_security_token"),
                            .expires = {}};
    if (!profile.contains("aws_security_token")) {
      credentials.session_token = setting(profile, "aws_session_token");
    }
    if (credentials.access_key_id.empty()) {
      return failed(named() + " has an aws_secret_access_key and no aws_access_key_id");
    }
    if (credentials.secret_access_key.empty()) {
      return failed(named() + " has an aws_access_key_id and no aws_secret_access_key");
    }
    const auto fault = fault_of_keys(credentials, {kKeyId, kSecret, "aws_session_token"});
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
  CallMetrics calls_;
  std::string home_;
  std::string name_;
  std::string credentials_file_;
  std::string config_file_;
  bool asked_for_;  // somebody named the profile: it has to be there
};

}  // namespace

std::unique_ptr<CredentialsProvider> profile_credentials(const Environment& environment,
                                                         net::HttpPool& pool,
                                                         std::string sts_endpoint,
                                                         CallMetrics calls) {
  return std::make_unique<ProfileCredentials>(environment, pool, std::move(sts_endpoint), calls);
}

}  // namespace picus::aws
