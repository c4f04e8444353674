#include "api/access.h"

#include <gtest/gtest.h>

#include "api/api.h"
#include "auth/testing/known_keys.h"
#include "core/run.h"
#include "store/testing/memory_store.h"

namespace picus {
namespace {

using Kind = auth::Refusal::Kind;

unsigned status_of(Kind kind) {
  return refusal_response({.kind = kind, .reason = {}}, auth::Scope::items_read, "id").status;
}

TEST(Access, IsRefusedForNowWhereATokenCannotBeVerified) {
  EXPECT_EQ(status_of(Kind::overloaded), 503U);
  EXPECT_EQ(status_of(Kind::no_keys), 503U);
  for (const Kind kind :
       {Kind::no_token, Kind::invalid_token, Kind::expired_token, Kind::early_token}) {
    EXPECT_EQ(status_of(kind), 401U);
  }
}

// A token is verified once; later requests with it take another path.
TEST(Access, NeedsTheScopeOfTheRouteAtTheFirstUseOfATokenAndLater) {
  auth::testing::KnownKeys keys;
  auth::Verifier verifier({}, keys);
  MemoryStore store;
  IdSource ids;
  Lifecycle lifecycle;
  Api api(store, ids, lifecycle, {.version = "1", .openapi_json = "{}", .verifier = &verifier});
  for (const Route& route : kRoutes) {
    if (!route.scope) continue;
    for (const auth::Scope scope :
         {auth::Scope::items_read, auth::Scope::items_write, auth::Scope::items_delete}) {
      const std::string token = auth::new_api_token();
      verifier.configure({.tokens = {{.name = "anna",
                                      .digest = auth::digest_of(token),
                                      .scopes = {scope},
                                      .expires = {}}},
                          .issuers = {},
                          .revoked = {}});
      const std::string value = "Bearer " + token;
      const std::vector<HeaderView> headers{{.name = "Authorization", .value = value}};
      std::string target(route.prefix);
      if (route.prefix != route.pattern) target += 'a';
      for (const char* use : {"the first", "the second"}) {
        Request request;
        request.method = route.method;
        request.target = target;
        request.headers = headers;
        const bool refused = run(api.handle(request)).status == 403U;
        EXPECT_EQ(refused, scope != *route.scope)
            << route.pattern << " with " << name_of(scope) << ", " << use << " use";
      }
    }
  }
}

}  // namespace
}  // namespace picus
