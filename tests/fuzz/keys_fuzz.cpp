#include <algorithm>

#include "auth/key_set.h"
#include "fuzzing.h"

// The key sets that issuers of tokens publish.
namespace picus::fuzzing {

void look_at(std::string_view text) {
  const auto set = auth::KeySet::parse(text);
  if (!set) {
    expect(!set.error().empty());
    return;
  }
  expect(set->size() + set->skipped().size() <= auth::KeySet::kMaxKeys);
  const auto is_visible = [](char c) { return c >= ' ' && c <= '~'; };
  for (const std::string& why : set->skipped()) expect(std::ranges::all_of(why, is_visible));
  for (const auto algorithm :
       {auth::Algorithm::rs256, auth::Algorithm::es256, auth::Algorithm::ed25519}) {
    const auth::PublicKey* const key = set->find(std::nullopt, algorithm);
    if (key == nullptr) continue;
    expect(key->algorithm() == algorithm);
    expect(!key->verifies("text", "signature"));
    [[maybe_unused]] const bool good = key->verifies("text", text.substr(0, 64));
  }
}

}  // namespace picus::fuzzing
