#include "telemetry/line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/error.h"
#include "telemetry/testing/served.h"

namespace picus {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<LogField>;

constexpr std::string_view kTime = "2026-11-24T07:15:02.123456Z";
constexpr std::array kLevels = {Level::debug, Level::info, Level::warning, Level::error};

Served answer_of(unsigned status) {
  Served response;
  response.status = status;
  response.request_id = "checkout-7f3a";
  response.route = "/picus/get/{key}";
  return response;
}

Served failed(ErrorCode code, std::string detail) {
  Served response = answer_of(traits(code).status);
  response.error.emplace(code, "for the client", std::move(detail));
  return response;
}

AccessRecord got(const Served& response) {
  AccessRecord record = response.record();
  record.method = "GET";
  record.bytes_in = 107;
  record.bytes_out = 1312;
  record.duration = 842us;
  return record;
}

std::string json_line(std::string_view event, const Fields& fields = {},
                      Level level = Level::info) {
  std::string line;
  append_json_line(line, kTime, level, event, fields);
  return line;
}

std::string json_line(const AccessRecord& record) {
  std::string line;
  append_json_line(line, kTime, record);
  return line;
}

std::string text_line(std::string_view event, const Fields& fields = {}, Level level = Level::info,
                      bool colour = false) {
  std::string line;
  append_text_line(line, kTime, level, event, fields, colour);
  return line;
}

std::string text_line(const AccessRecord& record, bool colour = false) {
  std::string line;
  append_text_line(line, kTime, record, colour);
  return line;
}

boost::json::object parsed_line(const std::string& line) {
  return boost::json::parse(line).as_object();
}

bool is_one_line(std::string_view line) { return line.find('\n') == line.size() - 1; }

// Every byte on its own and between others, as a client may send them.
std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    texts.insert(texts.end(), {one, "a" + one + "b", "\xC2" + one, "\xE2\x80" + one});
  }
  return texts;
}

TEST(JsonLine, ARequestsLineHasWhatOperatorsNeed) {
  const Served response = answer_of(200);
  EXPECT_EQ(json_line(got(response)),
            R"({"time":"2026-11-24T07:15:02.123456Z","level":"info","event":"request",)"
            R"("request_id":"checkout-7f3a","method":"GET","route":"/picus/get/{key}",)"
            R"("status":200,"bytes_in":107,"bytes_out":1312,"duration_us":842})"
            "\n");
}

TEST(JsonLine, AFailedRequestsLineHasTheCodeAndWhatTheBackendSaid) {
  const Served response = failed(ErrorCode::store_unavailable, "mdb_txn_begin: EIO");
  const auto line = parsed_line(json_line(got(response)));
  EXPECT_EQ(line.at("level"), "warning");
  EXPECT_EQ(line.at("status"), 503);
  EXPECT_EQ(line.at("error"), "store-unavailable");
  EXPECT_EQ(line.at("detail"), "mdb_txn_begin: EIO");
}

TEST(JsonLine, WhatTheClientIsToldStandsInTheAnswerAndNotInTheLog) {
  const Served response = failed(ErrorCode::not_found, "");
  const std::string line = json_line(got(response));
  EXPECT_EQ(line.find("for the client"), std::string::npos);
  EXPECT_FALSE(parsed_line(line).contains("detail"));
}

TEST(JsonLine, AnAbortedRequestSaysSoAndNoOtherDoes) {
  const Served response = answer_of(200);
  AccessRecord record = got(response);
  EXPECT_FALSE(parsed_line(json_line(record)).contains("aborted"));
  record.aborted = true;
  EXPECT_EQ(parsed_line(json_line(record)).at("aborted"), true);
}

TEST(JsonLine, ARequestsTraceIsWrittenForXRayAndForOpenTelemetry) {
  Served response = answer_of(200);
  response.trace = {.trace = {.high = 0x67891233abcdef01, .low = 0x2345678912345678},
                    .parent = 0xab,
                    .sampled = Sampled::yes};
  auto line = parsed_line(json_line(got(response)));
  EXPECT_EQ(line.at("trace"),
            "Root=1-67891233-abcdef012345678912345678;Parent=00000000000000ab;Sampled=1");
  EXPECT_EQ(line.at("trace_id"), "67891233abcdef012345678912345678");
  EXPECT_FALSE(line.contains("span_id"));
  response.trace.span = 0x1f;
  response.trace.is_new = true;
  line = parsed_line(json_line(got(response)));
  EXPECT_FALSE(line.contains("trace"));
  EXPECT_EQ(line.at("trace_id"), "67891233abcdef012345678912345678");
  EXPECT_EQ(line.at("span_id"), "000000000000001f");
}

TEST(Line, ARequestHasTheCapacityThatItConsumed) {
  const Served response = answer_of(200);
  AccessRecord record = got(response);
  EXPECT_FALSE(json_line(record).contains("capacity"));
  EXPECT_FALSE(text_line(record).contains("capacity"));
  record.milliunits = 2500;
  EXPECT_TRUE(json_line(record).contains(R"(,"capacity":2.5)")) << json_line(record);
  EXPECT_TRUE(text_line(record).contains(" capacity=2.5")) << text_line(record);
}

TEST(JsonLine, CountersAreWrittenUpToTheirLargest) {
  const Served response = answer_of(200);
  AccessRecord record = got(response);
  record.bytes_in = std::numeric_limits<std::uint64_t>::max();
  record.bytes_out = 0;
  record.duration = 1h;
  const auto line = parsed_line(json_line(record));
  EXPECT_EQ(line.at("bytes_in").as_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(line.at("bytes_out"), 0);
  EXPECT_EQ(line.at("duration_us"), 3'600'000'000);
}

TEST(JsonLine, AnEventHasItsFieldsInOrder) {
  EXPECT_EQ(json_line("handover", {{"address", "127.0.0.1:8080"}, {"sockets", 2}}, Level::debug),
            R"({"time":"2026-11-24T07:15:02.123456Z","level":"debug","event":"handover",)"
            R"("address":"127.0.0.1:8080","sockets":2})"
            "\n");
}

TEST(JsonLine, NumbersAreWrittenToTheirEnds) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  const auto line = parsed_line(json_line("e", {{"least", kLeast}, {"most", INT64_MAX}}));
  EXPECT_EQ(line.at("least"), kLeast);
  EXPECT_EQ(line.at("most"), INT64_MAX);
}

TEST(JsonLine, EveryLevelHasItsName) {
  std::vector<std::string> names;
  names.reserve(kLevels.size());
  for (const Level level : kLevels) {
    names.emplace_back(parsed_line(json_line("e", {}, level)).at("level").as_string());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"debug", "info", "warning", "error"}));
}

TEST(JsonLine, WhateverAClientSendsIsOneLineOfValidJson) {
  for (const std::string& text : hostile_texts()) {
    Served response = failed(ErrorCode::bad_request, text);
    response.request_id = text;
    AccessRecord record = got(response);
    record.method = text;
    for (const std::string& line : {json_line(record), json_line(text, {{text, text}})}) {
      EXPECT_TRUE(is_one_line(line)) << line;
      boost::system::error_code error;
      EXPECT_TRUE(boost::json::parse(line, error).is_object()) << line;
    }
  }
}

TEST(JsonLine, TextComesThroughUnchangedWhereItIsUtf8) {
  const std::string text = "\"quoted\" back\\slash \x01 tab\t 日本 😀";
  EXPECT_EQ(parsed_line(json_line("e", {{"text", text}})).at("text").as_string(), text);
}

TEST(JsonLine, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(parsed_line(json_line("e", {{"text", "a\xFF\x80z"}})).at("text"), "a\uFFFD\uFFFDz");
}

TEST(JsonLine, LongWordsOfOthersAreCut) {
  const std::string text(100'000, 'x');
  Served response = failed(ErrorCode::internal, text);
  response.request_id = text;
  AccessRecord record = got(response);
  record.method = text;
  const auto line = parsed_line(json_line(record));
  EXPECT_EQ(line.at("method").as_string().size(), kMaxLoggedMethod);
  EXPECT_EQ(line.at("request_id").as_string().size(), kMaxLoggedRequestId);
  EXPECT_EQ(line.at("detail").as_string().size(), kMaxLoggedText);
  EXPECT_EQ(parsed_line(json_line("e", {{"f", text}})).at("f").as_string().size(), kMaxLoggedText);
}

TEST(JsonLine, ALineIsAppendedToWhatIsThere) {
  std::string line = "before ";
  append_json_line(line, kTime, Level::info, "e", {});
  EXPECT_TRUE(line.starts_with("before {\"time\":"));
}

TEST(Line, ARequestIsAWarningWhereTheServerFailed) {
  for (const unsigned status : {200U, 304U, 404U, 499U}) {
    EXPECT_EQ(access_level(got(answer_of(status))), Level::info) << status;
  }
  for (const unsigned status : {500U, 503U, 507U}) {
    EXPECT_EQ(access_level(got(answer_of(status))), Level::warning) << status;
  }
}

TEST(Line, ABeginningIsTheWholeWhereItFits) {
  EXPECT_EQ(beginning("", 0), "");
  EXPECT_EQ(beginning("abc", 3), "abc");
  EXPECT_EQ(beginning("abc", 2), "ab");
  EXPECT_EQ(beginning("abc", 0), "");
}

TEST(Line, ABeginningEndsBetweenTwoCharacters) {
  const std::string_view text = "a\u00e9\u65e5\U0001F600z";  // 1, 2, 3, 4 and 1 bytes
  const std::array<std::size_t, 12> ends = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  for (std::size_t max = 0; max < ends.size(); ++max) {
    EXPECT_EQ(beginning(text, max), text.substr(0, ends.at(max))) << max;
  }
}

TEST(Line, ABeginningOfWhatIsNotUtf8LosesNoMoreThanThreeBytes) {
  const std::string text(10, '\x80');
  EXPECT_EQ(beginning(text, 8).size(), 5);
  EXPECT_EQ(beginning(text, 2).size(), 0);
}

TEST(TextLine, ARequestReadsInOneGlance) {
  const Served response = answer_of(200);
  EXPECT_EQ(text_line(got(response)),
            "07:15:02.123 INFO  GET /picus/get/{key} 200 0.8 ms 1312 B req=checkout-7f3a\n");
}

TEST(TextLine, AFailedRequestSaysWhy) {
  const Served response = failed(ErrorCode::internal, "map is full");
  AccessRecord record = got(response);
  record.aborted = true;
  EXPECT_EQ(text_line(record),
            "07:15:02.123 WARN  GET /picus/get/{key} 500 0.8 ms 1312 B req=checkout-7f3a "
            "error=internal detail=\"map is full\" aborted\n");
}

TEST(TextLine, ARequestWithoutAMethodHasADash) {
  const Served response = answer_of(400);
  AccessRecord record = got(response);
  record.method = "";
  EXPECT_TRUE(text_line(record).starts_with("07:15:02.123 INFO  - /picus/get/{key} 400 "));
}

TEST(TextLine, DurationsAreRoundedDownToATenth) {
  const Served response = answer_of(200);
  const std::vector<std::pair<std::chrono::microseconds, std::string>> cases = {
      {0us, " 0.0 ms "},        {99us, " 0.0 ms "},        {100us, " 0.1 ms "},
      {12'399us, " 12.3 ms "},  {999'999us, " 999.9 ms "}, {1s, " 1.0 s "},
      {4'599'999us, " 4.5 s "}, {1h, " 3600.0 s "}};
  for (const auto& [duration, shown] : cases) {
    AccessRecord record = got(response);
    record.duration = duration;
    EXPECT_NE(text_line(record).find(" 200" + shown + "1312 B "), std::string::npos)
        << text_line(record);
  }
}

TEST(TextLine, AnEventHasItsFieldsQuotedWhereTheyNeedIt) {
  EXPECT_EQ(text_line("handover", {{"from", "a b"}, {"to", ""}, {"quote", "\""}, {"n", -1}}),
            "07:15:02.123 INFO  handover from=\"a b\" to=\"\" quote=\"\\\"\" n=-1\n");
}

TEST(TextLine, EveryLevelHasItsNameAndColour) {
  std::vector<std::string> plain;
  std::vector<std::string> coloured;
  for (const Level level : kLevels) {
    plain.push_back(text_line("e", {}, level, false));
    coloured.push_back(text_line("e", {}, level, true));
  }
  EXPECT_EQ(plain, (std::vector<std::string>{"07:15:02.123 DEBUG e\n", "07:15:02.123 INFO  e\n",
                                             "07:15:02.123 WARN  e\n", "07:15:02.123 ERROR e\n"}));
  EXPECT_EQ(coloured,
            (std::vector<std::string>{
                "07:15:02.123 \x1b[2mDEBUG\x1b[0m e\n", "07:15:02.123 INFO  e\n",
                "07:15:02.123 \x1b[33mWARN \x1b[0m e\n", "07:15:02.123 \x1b[31mERROR\x1b[0m e\n"}));
}

TEST(TextLine, ARequestIsColouredLikeItsLevel) {
  const Served response = answer_of(503);
  EXPECT_TRUE(text_line(got(response), true).starts_with("07:15:02.123 \x1b[33mWARN \x1b[0m GET "));
}

TEST(TextLine, ControlsBeyondAsciiAreEscapedToo) {
  EXPECT_EQ(text_line("e", {{"f", "\x1b[2J\x7f\u009b2J\u00a0"}}),
            "07:15:02.123 INFO  e f=\"\\u001b[2J\\u007f\\u009b2J\u00a0\"\n");
}

TEST(TextLine, NothingThatAClientSendsSteersTheTerminal) {
  for (const std::string& text : hostile_texts()) {
    Served response = failed(ErrorCode::bad_request, text);
    response.request_id = text;
    AccessRecord record = got(response);
    record.method = text;
    for (const std::string& line : {text_line(record), text_line(text, {{text, text}})}) {
      EXPECT_TRUE(is_one_line(line)) << line;
      const std::string_view shown(line.data(), line.size() - 1);
      const auto steers = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
      EXPECT_TRUE(std::ranges::none_of(shown, steers)) << line;
      for (char c1 = '\x80'; c1 < '\xa0'; ++c1) {
        EXPECT_EQ(shown.find(std::string("\xC2") + c1), std::string_view::npos) << line;
      }
    }
  }
}

TEST(TextLine, LongWordsOfOthersAreCut) {
  const std::string text(100'000, 'x');
  Served response = failed(ErrorCode::internal, text);
  response.request_id = text;
  AccessRecord record = got(response);
  record.method = text;
  EXPECT_LT(text_line(record).size(),
            kMaxLoggedMethod + kMaxLoggedRequestId + kMaxLoggedText + 200);
  EXPECT_EQ(text_line("e", {{"f", text}}).size(),
            std::string_view("07:15:02.123 INFO  e f=\n").size() + kMaxLoggedText);
}

}  // namespace
}  // namespace picus
