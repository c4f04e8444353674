#include "cli/table_command.h"

#include <boost/json.hpp>
#include <expected>
#include <string>
#include <utility>

#include "cli/command_log.h"
#include "cli/common_settings.h"
#include "cli/job.h"
#include "cli/output.h"
#include "core/pause.h"
#include "json/member.h"
#include "store/dynamodb/table_client.h"

namespace picus::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kCallPatience(20);

/// What DynamoDB says of the table, or what went wrong, for the user.
using Described = std::expected<boost::json::object, aws::CallError>;

class TableJob {
 public:
  /// All of them outlive the job.
  TableJob(aws::Caller& client, const TableOptions& options, const Signals& signals)
      : client_(client), options_(options), signals_(signals) {}

  asio::awaitable<ExitCode> create();
  asio::awaitable<ExitCode> describe();

 private:
  asio::awaitable<Described> ask(std::string operation, boost::json::object parameters);
  asio::awaitable<ExitCode> wait_until_active();
  ExitCode failed(const aws::CallError& error) const;

  aws::Caller& client_;
  const TableOptions& options_;
  const Signals& signals_;
};

boost::json::object attribute(const std::string& name, std::string_view what,
                              std::string_view value) {
  return {{"AttributeName", name}, {what, value}};
}

/// A member of an answer; null where it is not there.
boost::json::value member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* found = object.if_contains(name);
  return found == nullptr ? boost::json::value() : *found;
}

boost::json::value status_of(const boost::json::object& table) {
  return member(table, "TableStatus");
}

/// What `picus table describe` prints: the words of DynamoDB, and of them what matters here.
std::string summary(const boost::json::object& table) {
  const boost::json::object text{
      {"table", member(table, "TableName")}, {"status", status_of(table)},
      {"key", member(table, "KeySchema")},   {"attributes", member(table, "AttributeDefinitions")},
      {"items", member(table, "ItemCount")}, {"bytes", member(table, "TableSizeBytes")}};
  return boost::json::serialize(text) + "\n";
}

asio::awaitable<Described> TableJob::ask(std::string operation, boost::json::object parameters) {
  parameters["TableName"] = options_.name;
  const auto answer =
      co_await client_.call(std::move(operation), boost::json::serialize(parameters),
                            steady_clock::now() + kCallPatience);
  if (!answer) co_return std::unexpected(answer.error());
  const auto object = picus::json::object_of(answer->body);
  for (const char* name : {"Table", "TableDescription"}) {
    const boost::json::value* table = object ? object->if_contains(name) : nullptr;
    if (table != nullptr && table->is_object()) co_return table->get_object();
  }
  co_return std::unexpected(aws::CallError{.kind = aws::CallError::Kind::unavailable,
                                           .code = {},
                                           .message = "the response is not from DynamoDB"});
}

asio::awaitable<ExitCode> TableJob::create() {
  const std::string& key = options_.key_attribute;
  boost::json::object parameters{
      {"AttributeDefinitions", boost::json::array{attribute(key, "AttributeType", "S")}},
      {"KeySchema", boost::json::array{attribute(key, "KeyType", "HASH")}},
      {"BillingMode", "PAY_PER_REQUEST"}};
  const auto created = co_await ask("CreateTable", std::move(parameters));
  if (!created) co_return failed(created.error());
  co_return co_await wait_until_active();
}

asio::awaitable<ExitCode> TableJob::wait_until_active() {
  const auto deadline = steady_clock::now() + 5min;
  while (steady_clock::now() < deadline) {
    const auto table = co_await ask("DescribeTable", {});
    if (!table) co_return failed(table.error());
    if (status_of(*table) == "ACTIVE") {
      co_return print(summary(*table));
    }
    if (signals_.pending()) co_return ExitCode::interrupted;
    co_await pause(500ms);
  }
  co_return fail("the table " + options_.name + " is created, but not active yet");
}

asio::awaitable<ExitCode> TableJob::describe() {
  const auto table = co_await ask("DescribeTable", {});
  if (!table) co_return failed(table.error());
  co_return print(summary(*table));
}

ExitCode TableJob::failed(const aws::CallError& error) const {
  const std::string place = options_.name + " in " + client_.place();
  if (error.code == "ResourceInUseException") {
    return fail("--table: there is already a table named " + place);
  }
  std::string text = "picus: --table: " + place + ": " + error.text();
  if (!error.advice.empty()) text.append(": ").append(error.advice);
  write_error(text + "\n");
  return ExitCode::unreachable;
}

ExitCode run_table(const TableCommandOptions& options, const Signals& signals) {
  asio::io_context context(1);
  CommandLog log;
  TableClient client(options.table, log);
  TableJob job(*client, options.table, signals);
  const bool create = options.actions.front() == "create";
  return run_job(context, create ? job.create() : job.describe(), signals, OnSignal::look);
}

std::expected<void, std::string> check_table(const TableCommandOptions& options) {
  const std::string& action = options.actions.front();
  if (action == "create" || action == "describe") return check(options.table);
  return std::unexpected("table: \"" + action + "\" is not allowed: give create or describe");
}

}  // namespace

Command table_command(const std::shared_ptr<TableCommandOptions>& options) {
  Command command{
      .name = "table",
      .summary = "Create a DynamoDB table for items, or describe one",
      .details =
          "create: creates the table with on-demand billing, and waits until it can be "
          "used. describe: prints the state of the table as JSON; DynamoDB updates the "
          "counts of items and bytes about every six hours.",
      .operands = {.placeholder = "create|describe",
                   .least = 1,
                   .most = 1,
                   .to = &options->actions,
                   .choices = {"create", "describe"}},
      .check = [options](const Call&) { return check_table(*options); },
      .run = [options](const Call&,
                       const Signals& signals) { return run_table(*options, signals); }};
  add_table(command.settings, options->table, Scope::environment);
  command.settings.push_back(config_setting());
  return command;
}

}  // namespace picus::cli
