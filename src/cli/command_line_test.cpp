#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <utility>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/export_items.h"
#include "cli/help.h"
#include "cli/import_items.h"
#include "cli/serve.h"
#include "cli/table_command.h"
#include "config/config_file.h"
#include "core/version.h"

namespace picus::cli {
namespace {

class CommandLine : public testing::Test {
 protected:
  /// Reads into new options each time.
  std::expected<Invocation, std::string> read(const std::vector<std::string>& arguments) {
    serve_ = std::make_shared<ServeOptions>();
    export_ = std::make_shared<ExportOptions>();
    import_ = std::make_shared<ImportOptions>();
    table_ = std::make_shared<TableCommandOptions>();
    commands_ = all_commands();
    for (Command& command : commands_) {
      if (command.name == "serve") command = serve_command(serve_);
      if (command.name == "export") command = export_command(export_);
      if (command.name == "import") command = import_command(import_);
      if (command.name == "table") command = table_command(table_);
    }
    return read_command_line(arguments, environment_, commands_);
  }
  std::string error_of(const std::vector<std::string>& arguments) {
    const auto invocation = read(arguments);
    return invocation ? "none" : invocation.error();
  }
  /// Of a call without arguments.
  std::vector<std::string> warnings() {
    return warnings_of({.commands = commands_, .environment = environment_, .values = {}}, *serve_);
  }

  Environment environment_;
  std::shared_ptr<ServeOptions> serve_;
  std::shared_ptr<ExportOptions> export_;
  std::shared_ptr<ImportOptions> import_;
  std::shared_ptr<TableCommandOptions> table_;
  std::vector<Command> commands_;
};

TEST_F(CommandLine, ServeHasTheDefaultsOfTheDocumentation) {
  const auto invocation = read({"serve"});
  ASSERT_TRUE(invocation) << invocation.error();
  EXPECT_EQ(invocation->command->name, "serve");
  EXPECT_EQ(serve_->server.listen, std::vector<std::string>{"127.0.0.1:8080"});
  EXPECT_EQ(serve_->store.data, "./data");
  EXPECT_FALSE(serve_->store.relaxed);
  EXPECT_EQ(serve_->server.threads, 0);
  EXPECT_EQ(serve_->server.header_limit, 16384);
  EXPECT_EQ(serve_->server.idle_timeout, std::chrono::seconds(75));
  EXPECT_EQ(serve_->server.max_connections, 10000);
  EXPECT_EQ(serve_->drain_timeout, std::chrono::seconds(30));
  EXPECT_TRUE(serve_->access_log);
  EXPECT_FALSE(serve_->insecure_no_auth);
}

TEST_F(CommandLine, ListenMayComeSeveralTimes) {
  ASSERT_TRUE(read({"serve", "--listen", "127.0.0.1:1", "--listen=[::1]:2,unix:/s"}));
  EXPECT_EQ(serve_->server.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2", "unix:/s"}));
}

TEST_F(CommandLine, OfAFlagThatComesTwiceTheLastCounts) {
  ASSERT_TRUE(read({"serve", "--data", "a", "--data", "b"}));
  EXPECT_EQ(serve_->store.data, "b");
}

TEST_F(CommandLine, ASwitchTakesNoValueButMayHaveOne) {
  ASSERT_TRUE(read({"serve", "--insecure-no-auth", "--listen", "0.0.0.0:1"}));
  EXPECT_TRUE(serve_->insecure_no_auth);
  environment_["PICUS_INSECURE_NO_AUTH"] = "on";
  ASSERT_TRUE(read({"serve", "--insecure-no-auth=off"}));
  EXPECT_FALSE(serve_->insecure_no_auth);
}

TEST_F(CommandLine, ListeningForOthersNeedsToBeAllowed) {
  for (const char* address : {"0.0.0.0:80", "[::]:80", "192.0.2.1:80"}) {
    EXPECT_TRUE(error_of({"serve", "--listen", address}).contains("--insecure-no-auth")) << address;
    EXPECT_TRUE(read({"serve", "--insecure-no-auth", "--listen", address})) << address;
  }
  for (const char* address :
       {"127.0.0.1:80", "127.1.2.3:80", "[::1]:80", "unix:/s", "localhost:80"}) {
    EXPECT_TRUE(read({"serve", "--listen", address})) << address;
  }
}

TEST_F(CommandLine, TlsNeedsBothFilesAndIsNotForAdminAddresses) {
  for (const char* file : {"--tls-cert", "--tls-key"}) {
    EXPECT_TRUE(error_of({"serve", "--listen", "tls:127.0.0.1:0", file, "x"})
                    .contains("needs --tls-cert and --tls-key"));
  }
  EXPECT_TRUE(error_of({"serve", "--admin-listen", "tls:127.0.0.1:0"}).contains("have no TLS"));
}

TEST_F(CommandLine, AnUnknownOptionNamesTheNearest) {
  EXPECT_EQ(error_of({"serve", "--listn", "x"}),
            "picus: serve has no option \"--listn\"; did you mean \"--listen\"?\n"
            "Try `picus help serve`.\n");
  EXPECT_EQ(error_of({"sreve"}),
            "picus: unknown command \"sreve\"; did you mean \"serve\"?\nTry `picus help`.\n");
  EXPECT_EQ(error_of({"--verison"}),
            "picus: unknown option \"--verison\"; did you mean \"--version\"?\n"
            "Try `picus help`.\n");
}

TEST_F(CommandLine, HelpOnAnUnknownCommandLeadsToTheOverview) {
  EXPECT_EQ(error_of({"help", "sreve"}),
            "picus: unknown command \"sreve\"; did you mean \"serve\"?\nTry `picus help`.\n");
}

TEST_F(CommandLine, AMissingValueIsNamed) {
  EXPECT_EQ(error_of({"serve", "--idle-timeout"}),
            "picus: --idle-timeout needs a value: DURATION\nTry `picus help serve`.\n");
  EXPECT_EQ(error_of({"export", "--data="}),
            "picus: --data needs a value: DIR\nTry `picus help export`.\n");
}

TEST_F(CommandLine, OperandsAreCounted) {
  EXPECT_EQ(error_of({"import"}), "picus: import needs FILE...\nTry `picus help import`.\n");
  EXPECT_EQ(error_of({"serve", "here"}),
            "picus: serve: unexpected argument \"here\"\nTry `picus help serve`.\n");
  ASSERT_TRUE(read({"import", "a", "-", "--", "-b", "serve"}));
  EXPECT_EQ(import_->files, (std::vector<std::string>{"a", "-", "-b", "serve"}));
}

TEST_F(CommandLine, TokenTakesOnlyTheOptionsOfItsAction) {
  const std::string list = "--scopes and --expires are for token add";
  for (const auto& [options, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"add", "a", "--scopes", "items:read"}, "token add needs --auth-file"},
           {{"list", "--auth-file", "f", "--scopes", "items:read"}, list},
           {{"list", "--auth-file", "f", "--expires", "1d"}, list},
           {{"list", "--auth-file", "f", "--token-file", "t"}, "--token-file is for token show"},
           {{"show", "--ttl", "1m"}, "--ttl is for token aws"},
           {{"aws"}, "token aws needs --region"}}) {
    std::vector<std::string> arguments{"token"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_TRUE(error_of(arguments).contains(said)) << said;
  }
}

TEST_F(CommandLine, TheLifeOfATokenIsBounded) {
  const auto added = [this](const std::string& life) {
    return error_of(
        {"token", "add", "a", "--scopes", "items:read", "--auth-file", "f", "--expires", life});
  };
  for (const char* life : {"1s", "3650d"}) EXPECT_EQ(added(life), "none");
  // So many days are a few hours more than 2^64 seconds.
  for (const char* life : {"0s", "3651d", "213503982334602d", "1"}) {
    EXPECT_TRUE(added(life).contains("--expires")) << life;
  }
  const auto made = [this](const std::string& life) {
    return error_of({"token", "aws", "--region", "eu-west-1", "--ttl", life});
  };
  for (const char* life : {"1m", "1h"}) EXPECT_EQ(made(life), "none");
  for (const char* life : {"59s", "61m"}) EXPECT_TRUE(made(life).contains("--ttl")) << life;
}

TEST_F(CommandLine, ATokenGoesUnencryptedToThisMachineOrWhereThatIsAllowed) {
  environment_["PICUS_TOKEN"] = "a";
  const auto exported = [this](const std::string& url) {
    return error_of({"export", "--url", url});
  };
  for (const char* url : {"https://192.0.2.1", "http://127.0.0.1:1", "http://[::1]:1"}) {
    EXPECT_EQ(exported(url), "none") << url;
  }
  for (const char* url : {"http://192.0.2.1", "http://127.0.0.1.example.com"}) {
    EXPECT_TRUE(exported(url).contains("--insecure-http")) << url;
    EXPECT_EQ(error_of({"export", "--url", url, "--insecure-http"}), "none") << url;
  }
}

TEST_F(CommandLine, DataTableAndUrlExcludeEachOther) {
  EXPECT_EQ(error_of({"export", "--data", "a", "--url", "http://localhost:1"}),
            "picus: --data or --url, not both\nTry `picus help export`.\n");
  environment_["PICUS_DATA"] = "a";
  EXPECT_TRUE(read({"export", "--url", "http://localhost:1"}));
  EXPECT_EQ(error_of({"serve", "--data", "a", "--table", "items"}),
            "picus: --data or --table, not both\nTry `picus help serve`.\n");
  EXPECT_EQ(error_of({"import", "f", "--table", "items", "--url", "http://localhost:1"}),
            "picus: --table or --url, not both\nTry `picus help import`.\n");
}

TEST_F(CommandLine, ATableIsServedWhereOneIsNamed) {
  ASSERT_TRUE(read({"serve", "--table", "items", "--region", "eu-west-1"}));
  EXPECT_TRUE(serve_->store.is_dynamodb());
  EXPECT_EQ(serve_->store.table.name, "items");
  EXPECT_EQ(serve_->store.table.key_attribute, "id");
  environment_ = {{"PICUS_TABLE", "items"}, {"AWS_REGION", "eu-west-1"}};
  ASSERT_TRUE(read({"export"}));
  EXPECT_TRUE(export_->place.store.is_dynamodb());
  ASSERT_TRUE(read({"serve", "--store", "lmdb"}));
  EXPECT_FALSE(serve_->store.is_dynamodb());
}

TEST_F(CommandLine, ATableNeedsANameAndARegion) {
  for (const std::string command : {"serve", "export"}) {
    EXPECT_TRUE(error_of({command, "--store", "dynamodb", "--region", "eu-west-1"})
                    .starts_with("picus: there is no table: give --table NAME or PICUS_TABLE\n"));
    EXPECT_TRUE(error_of({command, "--table", "items"})
                    .starts_with("picus: --table needs a region: give --region or AWS_REGION"));
  }
  EXPECT_TRUE(error_of({"table", "create"}).contains("there is no table"));
  EXPECT_TRUE(error_of({"table", "drop"}).contains("give create or describe"));
  EXPECT_TRUE(read({"export", "--store", "dynamodb", "--url", "http://localhost:1"}));
}

TEST_F(CommandLine, CredentialsAreLookedForInTheEnvironment) {
  environment_ = {{"AWS_REGION", "eu-west-1"}, {"AWS_ACCESS_KEY_ID", "key"}};
  ASSERT_TRUE(read({"table", "describe", "--table", "items"}));
  EXPECT_EQ(table_->table.environment.at("AWS_ACCESS_KEY_ID"), "key");
  ASSERT_TRUE(read({"import", "f", "--table", "items"}));
  EXPECT_EQ(import_->place.store.table.environment, environment_);
}

TEST_F(CommandLine, NoCommandIsAnErrorThatShowsTheOverview) {
  EXPECT_EQ(error_of({}), overview(all_commands()));
}

TEST_F(CommandLine, HelpAndVersionAreAnswered) {
  const auto commands = all_commands();
  EXPECT_EQ(read({"--version"})->text, version_line("picus"));
  EXPECT_EQ(read({"help"})->text, overview(commands));
  EXPECT_EQ(read({"--help"})->text, overview(commands));
  for (const Command& command : commands) {
    EXPECT_EQ(read({"help", std::string(command.name)})->text, help_of(command));
    EXPECT_EQ(read({std::string(command.name), "--help"})->text, help_of(command));
    EXPECT_EQ(read({std::string(command.name), "-h"})->text, help_of(command));
  }
  EXPECT_TRUE(error_of({"help", "exprot"}).contains("did you mean \"export\"?"));
}

TEST_F(CommandLine, HelpNamesEverySettingWithVariableAndDefault) {
  for (const Command& command : all_commands()) {
    const std::string help = help_of(command);
    for (const Setting& setting : command.settings) {
      EXPECT_TRUE(help.contains(setting.flag())) << setting.name;
      EXPECT_TRUE(help.contains(setting.variable())) << setting.name;
      EXPECT_TRUE(help.contains(setting.preset())) << setting.name;
      for (const std::string_view other : setting.other_variables) {
        EXPECT_TRUE(help.contains(other)) << setting.name;
      }
    }
  }
}

TEST_F(CommandLine, HelpFitsEightyColumns) {
  for (const Command& command : all_commands()) {
    const std::string text = help_of(command);
    std::string_view help = text;
    while (!help.empty()) {
      const std::size_t end = help.find('\n');
      EXPECT_LE(help.substr(0, end).size(), 80) << help.substr(0, end);
      help.remove_prefix(end + 1);
    }
  }
}

TEST_F(CommandLine, EveryDefaultIsAllowed) {
  for (const Command& command : all_commands()) {
    std::set<std::string_view> names;
    for (const Setting& setting : command.settings) {
      EXPECT_TRUE(names.insert(setting.name).second) << setting.name << " comes twice";
      if (setting.preset().empty()) continue;
      EXPECT_TRUE(setting.value.assign(setting.preset())) << setting.name;
    }
  }
}

TEST_F(CommandLine, TheCheckedConfigurationReadsBackAsAFile) {
  const auto invocation = read({"serve", "--check-config", "--threads", "3", "--data", "a #b"});
  ASSERT_TRUE(invocation) << invocation.error();
  const auto lines = parse_config(invocation->text, "checked");
  ASSERT_TRUE(lines) << lines.error();
  const auto again = std::make_shared<ServeOptions>();
  const auto values = settle(serve_command(again).settings, {}, {}, {"checked", *lines});
  ASSERT_TRUE(values) << values.error();
  EXPECT_EQ(again->server.threads, 3);
  EXPECT_EQ(again->store.data, "a #b");
  EXPECT_EQ(again->server.idle_timeout, std::chrono::seconds(75));
}

TEST_F(CommandLine, ServeWarnsOfUnknownVariables) {
  environment_ = {{"PICUS_LISTN", "x"}, {"PICUS_AUTH", "{}"}, {"PICUS_TOKEN", "t"}};
  ASSERT_TRUE(read({"export"}));
  EXPECT_EQ(
      warnings(),
      (std::vector<std::string>{"unknown variable PICUS_LISTN; did you mean \"PICUS_LISTEN\"?"}));
}

TEST_F(CommandLine, EveryCompletionKnowsEveryFlag) {
  const auto commands = all_commands();
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell, commands);
    ASSERT_TRUE(script);
    for (const Command& command : commands) {
      EXPECT_TRUE(script->contains(command.name));
      for (const Setting& setting : command.settings) {
        EXPECT_TRUE(script->contains(setting.name)) << shell << " " << setting.name;
      }
    }
  }
  EXPECT_FALSE(completion_script("tcsh", commands));
}

}  // namespace
}  // namespace picus::cli
