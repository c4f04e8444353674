#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"

namespace picus::aws {

/// A signed header. Names in lower case.
struct SignableHeader {
  std::string_view name;
  std::string_view value;
};

struct SignableRequest {
  std::string_view method;
  std::string_view path;   ///< as sent, percent-encoded
  std::string_view query;  ///< as sent, without the question mark
  /// All headers to sign, including `host`; x-amz-date and x-amz-security-token are added.
  std::span<const SignableHeader> headers;
  std::string_view body;
};

/// The headers to add to the request.
struct Signature {
  std::string authorization;
  std::string amz_date;  ///< the value of `X-Amz-Date`: `20261124T213000Z`
};

/// AWS Signature Version 4 (AWS, "Create a signed AWS API request"). Thread-safe; caches the
/// signing key of the day.
class Signer {
 public:
  Signer(std::string region, std::string service);

  /// `Credentials::session_token` is signed if there is one; the caller sends it as
  /// `X-Amz-Security-Token`.
  Signature sign(const SignableRequest& request, const Credentials& credentials,
                 std::chrono::system_clock::time_point now);

 private:
  using Key = std::array<std::uint8_t, 32>;
  Key signing_key(const Credentials& credentials, std::string_view day);

  std::string region_;
  std::string service_;
  std::mutex mutex_;
  std::string key_day_;  // under mutex_, like the next two
  std::string key_secret_;
  Key key_{};
};

}  // namespace picus::aws
