#include "aws/service_answer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picus::aws {
namespace {

net::HttpResponse response(std::string body,
                           std::string content_type = "application/x-amz-json-1.0",
                           unsigned status = 200) {
  net::HttpResponse made{{.status = status}, std::move(body)};
  if (!content_type.empty()) made.headers.emplace_back("content-type", std::move(content_type));
  return made;
}

std::string fault(std::string_view operation, const net::HttpResponse& response) {
  return fault_of_answer({.service = kDynamoDb, .endpoint = "http://db", .operation = operation},
                         response);
}

constexpr auto kOperations = std::to_array<std::string_view>(
    {"GetItem", "PutItem", "DeleteItem", "UpdateItem", "Scan", "Query", "BatchGetItem",
     "BatchWriteItem", "CreateTable", "UpdateTable", "DeleteTable", "DescribeTable",
     "PutLifecycleEventHookExecutionStatus"});

TEST(ServiceAnswer, WhatDynamoDbSendsIsItsResponse) {
  const std::vector<std::pair<std::string, std::string>> good = {
      {"GetItem", "{}"},
      {"GetItem", R"({"Item":{"id":{"S":"k"}}})"},
      {"GetItem", R"( {"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}} )"},
      {"GetItem", R"({"Item":null})"},
      {"PutItem", "{}"},
      {"PutItem", R"({"Attributes":{"id":{"S":"k"}},"NewInYear2030":[1]})"},
      {"PutItem", R"({"ItemCollectionMetrics":{}})"},
      {"DeleteItem", "{}"},
      {"UpdateItem", R"({"Attributes":{}})"},
      {"Scan", R"({"Count":0,"Items":[],"ScannedCount":0})"},
      {"Query", R"({"Items":[{"id":{"S":"k"}}],"Count":1})"},
      {"BatchGetItem", R"({"Responses":{"t":[]},"UnprocessedKeys":{}})"},
      {"BatchWriteItem", R"({"UnprocessedItems":{}})"},
      {"CreateTable", R"({"TableDescription":{"TableName":"t"}})"},
      {"DescribeTable", R"({"Table":{"TableName":"t"}})"},
      {"PutLifecycleEventHookExecutionStatus", R"({"lifecycleEventHookExecutionId":"e"})"},
      {"PutLifecycleEventHookExecutionStatus", "{}"},
      {"SomethingElse", R"({"any":"thing"})"}};
  for (const auto& [operation, body] : good) {
    EXPECT_EQ(fault(operation, response(body)), "") << operation << ' ' << body;
  }
  EXPECT_EQ(fault("GetItem", response("{}", "application/x-amz-json-1.1; charset=utf-8")), "");
}

TEST(ServiceAnswer, WhatSomethingElseSendsIsNoResponseOfAnyOperation) {
  const std::vector<net::HttpResponse> impostors = {
      response("<!DOCTYPE html><title>Welcome to nginx!</title>", "text/html"),
      response("{}", "text/html"),
      response("{}", ""),
      response("{}", "application/json"),
      response(R"({"status":"ok"})", "application/json"),
      response(R"({"status":"ok"})"),
      response(R"({"TableName":"t","Key":{"id":{"S":"k"}}})"),  // an echo
      response(""),
      response(" "),
      response("{"),
      response(R"({"Item":{"id":{"S":"k)"),
      response("[]"),
      response("[{}]"),
      response("null"),
      response("1"),
      response("{}{}"),
      response("{}\n{}"),
      response("{} x"),
      response("<html>"),
      response("{}", "application/x-amz-json-1.0", 204),
      response("{}", "application/x-amz-json-1.0", 206)};
  for (const std::string_view operation : kOperations) {
    for (const net::HttpResponse& impostor : impostors) {
      EXPECT_NE(fault(operation, impostor), "") << operation << ' ' << impostor.body;
    }
  }
}

TEST(ServiceAnswer, ASharedMemberHasItsType) {
  for (const auto& [operation, body] : std::vector<std::pair<std::string, std::string>>{
           {"GetItem", R"({"Item":[]})"},
           {"GetItem", R"({"Item":"k"})"},
           {"PutItem", R"({"Attributes":1})"},
           {"Scan", R"({"Items":{}})"},
           {"Scan", R"({"Items":null})"},
           {"Scan", "{}"},
           {"DescribeTable", R"({"Table":"t"})"},
           {"DescribeTable", "{}"},
           {"CreateTable", "{}"},
           {"PutLifecycleEventHookExecutionStatus", R"({"lifecycleEventHookExecutionId":1})"}}) {
    EXPECT_NE(fault(operation, response(body)), "") << operation << ' ' << body;
  }
}

TEST(ServiceAnswer, TheFaultIsToldInOneSentence) {
  const AskedService asked{
      .service = kDynamoDb, .endpoint = "http://db:80", .operation = "GetItem"};
  EXPECT_EQ(impostor_message(asked, fault_of_answer(asked, response("<html>", "text/html\x01"))),
            "The service at http://db:80 is not DynamoDB: it sent a response with the status 200 "
            "and the Content-Type text/html?.");
  EXPECT_EQ(impostor_message(asked, fault_of_answer(asked, response("", ""))),
            "The service at http://db:80 is not DynamoDB: it sent a response with the status 200 "
            "and no Content-Type.");
}

}  // namespace
}  // namespace picus::aws
