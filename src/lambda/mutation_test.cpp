#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "core/utf8.h"
#include "lambda/event.h"
#include "lambda/function.h"
#include "store/memory_store.h"

namespace picus::lambda {
namespace {

// Events of the corpus, changed at random, through the decoders and through the whole function.
// The sanitizers' builds run it too. Each run makes the same ones.
constexpr int kDecoded = 20'000;
constexpr int kAnswered = 2'000;

class SilentLog final : public Log {
 public:
  void write(Level /*level*/, std::string_view /*event*/,
             std::initializer_list<LogField> /*fields*/) override {}
  void access(const AccessRecord& /*record*/) override {}
};

std::vector<std::string> corpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PICUS_LAMBDA_CORPUS)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> events;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    events.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return events;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> events) : events_(std::move(events)) {}

  std::string next() {
    std::string event = events_[below(events_.size())];
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(event);
    return event;
  }

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  void change(std::string& event) {
    if (event.empty()) return;
    const std::size_t at = below(event.size());
    switch (below(6)) {
      case 0:
        event[at] = static_cast<char>(below(256));
        break;
      case 1:
        event.erase(at, below(32));
        break;
      case 2:
        event.insert(at, event.substr(below(event.size()), below(64)));
        break;
      case 3:
        replace_a_value(event, at);
        break;
      case 4:
        event = event.substr(0, at) + splice();
        break;
      default:
        replace_a_word(event);
        break;
    }
  }

  std::string splice() {
    const std::string& other = events_[below(events_.size())];
    return other.substr(below(other.size()));
  }

  /// What follows the next colon becomes something else.
  void replace_a_value(std::string& event, std::size_t at) {
    constexpr std::array<std::string_view, 12> kValues = {"null",
                                                          "true",
                                                          "1e400",
                                                          "[]",
                                                          "{}",
                                                          "\"\"",
                                                          "[[]]",
                                                          R"(["\""])",
                                                          "-0",
                                                          R"({"":{"":[]}})",
                                                          R"("\u0000\ud800")",
                                                          R"("%")"};
    const std::size_t colon = event.find(':', at);
    if (colon == std::string::npos) return;
    const std::size_t end = std::min(event.find_first_of(",}", colon), event.size());
    event.replace(colon + 1, end - colon - 1, kValues[below(kValues.size())]);
  }

  /// Words that decide what an event is change their places.
  void replace_a_word(std::string& event) {
    constexpr std::array<std::string_view, 16> kWords = {"elb",
                                                         "http",
                                                         "version",
                                                         "2.0",
                                                         "1.0",
                                                         "headers",
                                                         "multiValueHeaders",
                                                         "path",
                                                         "rawPath",
                                                         "httpMethod",
                                                         "resource",
                                                         "requestContext",
                                                         "false",
                                                         "true",
                                                         "stage",
                                                         "lambda-url"};
    const std::string_view word = kWords[below(kWords.size())];
    const std::size_t found = event.find(word);
    if (found == std::string::npos) return;
    event.replace(found, word.size(), kWords[below(kWords.size())]);
  }

  std::vector<std::string> events_;
  std::mt19937_64 random_{20261124};  // NOLINT: the same changes each time
};

TEST(Mutation, TheCorpusIsThere) {
  const auto events = corpus();
  ASSERT_GE(events.size(), 12U);
  const auto known = std::ranges::count_if(
      events, [](const std::string& event) { return decode_event(event).has_value(); });
  EXPECT_EQ(known, static_cast<std::ptrdiff_t>(events.size()) - 2);
}

TEST(Mutation, WhateverAnEventIsItIsReadOrRefused) {
  Mutator mutator(corpus());
  int read = 0;
  for (int i = 0; i < kDecoded; ++i) {
    const auto event = decode_event(mutator.next());
    if (!event) {
      ASSERT_FALSE(event.error().reason.empty());
      continue;
    }
    ++read;
    ASSERT_TRUE(event->target.starts_with('/'));
    const auto is_target = [](char c) { return c > ' ' && c != '\x7F' && c != '#'; };
    ASSERT_TRUE(std::ranges::all_of(event->target, [&](char c) {
      return static_cast<unsigned char>(c) >= 0x80 || is_target(c);
    })) << event->target;
  }
  EXPECT_GT(read, kDecoded / 20);
  EXPECT_LT(read, kDecoded * 9 / 10);
}

TEST(Mutation, WhateverAnEventIsItGetsAnAnswer) {
  Mutator mutator(corpus());
  MemoryStore store;
  IdSource ids;
  const Lifecycle lifecycle;
  Api api(store, ids, lifecycle, {.version = "1", .openapi_json = "{}"});
  SilentLog log;
  Function function(api, log);
  for (int i = 0; i < kAnswered; ++i) {
    Invocation invocation;
    invocation.event = mutator.next();
    const std::string text = run(function.answer(std::move(invocation)));
    ASSERT_TRUE(is_utf8(text));
    boost::system::error_code error;
    const auto answer = boost::json::parse(text, error);
    ASSERT_FALSE(error) << text;
    const auto status = answer.at("statusCode").as_int64();
    ASSERT_TRUE(status >= 200 && status < 500) << text;
  }
}

}  // namespace
}  // namespace picus::lambda
