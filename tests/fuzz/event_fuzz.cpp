#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>

#include "core/run.h"
#include "fuzzing.h"
#include "json/text.h"
#include "lambda/event.h"
#include "lambda/function.h"
#include "store/testing/memory_store.h"

// An event of any kind is read, or fails its invocation, and gets a response that a source can use.
namespace picus::fuzzing {
namespace {

class SilentLog final : public Log {
 public:
  void write(Level, std::string_view, std::initializer_list<LogField>) override {}
  void access(const AccessRecord&) override {}
};

void decode(std::string_view text) {
  const auto event = lambda::decode_event(text, "/store");
  if (!event) return expect(!event.error().reason.empty());
  expect(event->target.starts_with('/'));
  expect(std::ranges::all_of(event->target, [](char c) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    return !is_ascii || (c > ' ' && c != '\x7F' && c != '#');
  }));
}

void answer(std::string_view text) {
  MemoryStore store;
  IdSource ids;
  const Lifecycle lifecycle;
  Api api(store, ids, lifecycle, {.version = "1", .openapi_json = "{}"});
  SilentLog log;
  lambda::Function function(api, log);
  lambda::Invocation invocation;
  invocation.event = text;
  std::string answered;
  try {
    answered = run(function.answer(std::move(invocation)));
  } catch (const lambda::FailedInvocation&) {
    // Only what is no request of a known source fails.
    const auto event = lambda::decode_event(text);
    return expect(!event && !event.error().source);
  }
  expect(picus::json::is_utf8(answered));
  const auto status = boost::json::parse(answered).at("statusCode").as_int64();
  expect(status >= 200 && status < 500);
}

}  // namespace

void look_at(std::string_view text) {
  decode(text);
  answer(text);
}

}  // namespace picus::fuzzing
