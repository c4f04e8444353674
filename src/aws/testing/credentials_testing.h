#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credentials/provider.h"
#include "core/run.h"
#include "core/testing/recorded_log.h"

namespace picus::aws {

inline Provided fetch_from(CredentialsProvider& provider,
                           std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  return run(provider.fetch(std::chrono::steady_clock::now() + timeout));
}

/// The result of get().
using Got = Result<std::shared_ptr<const Credentials>>;

inline Got get_from(CredentialsSource& source,
                    std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  return run(source.get(std::chrono::steady_clock::now() + timeout));
}

}  // namespace picus::aws
