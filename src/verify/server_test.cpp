#include "verify/server.h"

#include <gtest/gtest.h>

namespace picus::verify {
namespace {

constexpr std::string_view kId = "run-1";

net::HttpResponse answer(unsigned status, std::string body, std::string type = "application/json",
                         std::string id = std::string(kId)) {
  return {{.status = status,
           .headers = {{"content-type", std::move(type)}, {"x-request-id", std::move(id)}}},
          std::move(body)};
}

std::string problem(std::string_view code = "not-found", std::string_view id = kId,
                    std::string_view status = "404",
                    std::string_view rest = R"("title":"t","detail":"d","retryable":false)") {
  const std::string name(code);
  return R"({"type":"urn:picus:problem:)" + name + R"(","code":")" + name + R"(","request_id":")" +
         std::string(id) + R"(","status":)" + std::string(status) + "," + std::string(rest) + "}";
}

std::string fault_of_problem(std::string body, std::string type = "application/problem+json") {
  return fault_of(answer(404, std::move(body), std::move(type)),
                  {.status = 404, .problem = "not-found"}, kId);
}

TEST(Server, AnAnswerAsExpectedHasNoFault) {
  EXPECT_EQ(fault_of(answer(200, "{}"), {200}, kId), "");
  EXPECT_EQ(fault_of_problem(problem()), "");
}

TEST(Server, AnotherStatusIsToldWithTheProblemsThatCameAndShouldHave) {
  EXPECT_EQ(fault_of(answer(500, "no"), {200}, kId), "500, not 200");
  EXPECT_EQ(fault_of(answer(404, problem()), {200}, kId), "404 not-found, not 200");
  EXPECT_EQ(fault_of(answer(200, "{}"), {.status = 409, .problem = "already-exists"}, kId),
            "200, not 409 already-exists");
}

TEST(Server, AnAnswerToAnotherRequestIsAFault) {
  EXPECT_EQ(fault_of(answer(200, "{}", "application/json", "run-2"), {200}, kId),
            R"(the X-Request-Id "run-2", not "run-1", which was sent)");
}

TEST(Server, AProblemHasToBeWhole) {
  EXPECT_EQ(fault_of_problem(problem(), "text/plain"),
            R"(a Content-Type "text/plain", not application/problem+json)");
  EXPECT_EQ(fault_of_problem("[]"), "a problem that is not a JSON object");
  EXPECT_EQ(fault_of_problem(problem("gone")), R"(the problem "gone", not "not-found")");
  EXPECT_EQ(fault_of_problem(problem("not-found", "run-2")),
            R"(a problem whose request_id is "run-2", not "run-1")");
  EXPECT_EQ(fault_of_problem(problem("not-found", kId, "400")),
            "a problem with another status in its body");
  for (const char* rest : {R"("title":"t","detail":"d")", R"("title":"t","retryable":true)",
                           R"("detail":"d","retryable":true)"}) {
    EXPECT_EQ(fault_of_problem(problem("not-found", kId, "404", rest)),
              "a problem without title, detail or retryable");
  }
}

TEST(Server, AMemberIsThereOrEmpty) {
  EXPECT_EQ(member_of(R"({"id":"a"})", "id"), "a");
  EXPECT_EQ(member_of(R"({"id":1})", "id"), "");
  EXPECT_EQ(member_of("[", "id"), "");
}

}  // namespace
}  // namespace picus::verify
