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

/// A header that takes part in a signature. Names in lower case.
struct SignableHeader {
  std::string_view name;
  std::string_view value;
};

struct SignableRequest {
  std::string_view method;
  std::string_view path;   ///< as it goes on the wire, percent-encoded
  std::string_view query;  ///< as it goes on the wire, without the question mark
  /// All that are to be signed, `host` among them; x-amz-date and x-amz-security-token are added.
  std::span<const SignableHeader> headers;
  std::string_view body;
};

/// What to add to the request.
struct Signature {
  std::string authorization;
  std::string amz_date;  ///< the value of `X-Amz-Date`: `20261124T213000Z`
};

/// AWS Signature Version 4 (AWS, "Create a signed AWS API request"). Thread-safe; keeps the signing
/// key of the day.
class Signer {
 public:
  Signer(std::string region, std::string service);

  /// `Credentials::session_token` is signed where there is one; the caller sends it as
  /// `X-Amz-Security-Token`.
  Signature sign(const SignableRequest& request, const Credentials& credentials,
                 std::chrono::system_clock::time_point now);

 private:
  using Key = std::array<std::uint8_t, 32>;
  Key signing_key(const Credentials& credentials, std::string_view day);

  std::string region_;
  std::string service_;
  std::mutex mutex_;
  std::string key_day_;  // under mutex_, as the next two
  std::string key_secret_;
  Key key_{};
};

}  // namespace picus::aws
