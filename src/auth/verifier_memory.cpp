#include "auth/verifier_memory.h"

#include <string_view>
#include <utility>

// What every request with a token runs. The rest of the folder is compiled for size.
namespace picus::auth {

Verifier::ThreadMemory& Verifier::memory() {
  static thread_local ThreadMemory memory;
  const std::uint64_t generation = generation_;
  const std::uint64_t keys_version = keys_.version();
  const bool is_current = memory.verifier == id_ && memory.generation == generation &&
                          memory.keys_version == keys_version;
  if (!is_current) renew(memory, keys_version);
  return memory;
}

std::shared_ptr<const Principal> Verifier::recall(const Credentials& credentials, Scope needed,
                                                  std::chrono::sys_seconds now) {
  constexpr std::string_view kScheme = "Bearer ";
  if (credentials.repeats || credentials.in_query || !credentials.authorization) return nullptr;
  if (!credentials.authorization->starts_with(kScheme)) return nullptr;
  Bearer bearer = memory().cache.find(credentials.authorization->substr(kScheme.size()), now);
  if (bearer != nullptr && !bearer->scopes().has(needed)) bearer.reset();
  return bearer;
}

}  // namespace picus::auth
