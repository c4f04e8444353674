#include "cli/commands.h"

#include <algorithm>

#include "cli/token_command.h"

namespace picus::cli {
namespace {

using namespace std::chrono_literals;

Setting data_setting(std::filesystem::path& to) {
  return {.name = "data",
          .value = directory(to),
          .help = "Directory of the store. A server may be using it.",
          .scope = Scope::environment};
}

Setting url_setting(std::string& to) {
  return {.name = "url",
          .value = text(to, "URL"),
          .help =
              "Use a server instead of the store itself: http://HOST[:PORT], https://HOST[:PORT] "
              "or unix:/PATH.",
          .scope = Scope::flag};
}

Setting skip_damaged_setting(bool& to) {
  return {.name = "skip-damaged",
          .value = switched(to),
          .help =
              "Skip damaged items and print their ids instead of stopping at the first one. The "
              "exit code is 1 if there are any.",
          .scope = Scope::flag};
}

Setting config_setting(std::filesystem::path& to) {
  return {.name = "config",
          .value = file(to),
          .help =
              "Configuration file. All commands can share one file: each command reads the "
              "settings that it has.",
          .scope = Scope::environment};
}

/// Where the items are, for the commands that read or write them.
std::vector<Setting> place_settings(StoreOptions& store, std::string& url, ClientToken& token,
                                    std::filesystem::path& config) {
  std::vector<Setting> settings{data_setting(store.data), url_setting(url), config_setting(config)};
  add_client_token(settings, token, Scope::environment);
  add_store_kind(settings, store, Scope::environment);
  add_table(settings, store.table, Scope::environment);
  return settings;
}

Command serve_command(Options& to) {
  Command command{
      .verb = Verb::serve,
      .name = "serve",
      .summary = "Serve the items of a data directory or a DynamoDB table over HTTP",
      .details =
          "Prints \"listening on URL\" to standard output for each address when the server is "
          "ready, and log lines to standard error. SIGTERM, SIGINT or SIGHUP start a drain: the "
          "server completes the requests in flight and exits. A second signal closes their "
          "connections.\n\nThe value of a setting is taken from the flag, else from the variable, "
          "else from the file of --config, else from the default. The file has lines \"key = "
          "value\", where the key is the flag without its dashes, and comments after #. An empty "
          "variable counts as absent. A variable of AWS is used if that of Picus is absent. "
          "Durations are whole numbers with ms, s, m or h; sizes are whole numbers of bytes, or of "
          "KiB, MiB or GiB with that suffix.",
      .operands = {},
      .settings = settings_of(to.serve)};
  command.settings.push_back(config_setting(to.config));
  command.settings.push_back(
      {.name = "check-config",
       .value = switched(to.check_config),
       .help = "Print the effective configuration in the format of --config, and exit.",
       .scope = Scope::flag});
  return command;
}

Command export_command(ExportOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::export_items,
      .name = "export",
      .summary = "Write all items as NDJSON, one item per line",
      .details =
          "Items that do not change during the export are written exactly once, in no particular "
          "order. `picus import` reads the output back to equal items with the same ids. The "
          "export is not a snapshot: an item that changes during the export is written in its old "
          "or its new state. `picus backup` takes a snapshot of a data directory.",
      .operands = {},
      .settings = place_settings(to.store, to.url, to.token, config)};
  add_list_segments(command.settings, to.store.table, Scope::environment);
  command.settings.push_back(
      {.name = "output",
       .value = file(to.output),
       .help = "File to write. It appears when it is complete and replaces an existing file; - is "
               "standard output. If the name ends in .gz, the output is compressed. Devices and "
               "pipes are written directly.",
       .scope = Scope::flag});
  command.settings.push_back(skip_damaged_setting(to.skip_damaged));
  return command;
}

Command import_command(ImportOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::import_items,
      .name = "import",
      .summary = "Read items from JSON files: NDJSON, arrays or consecutive objects",
      .details =
          "FILE may be -, which is standard input, and may be compressed with gzip or zstd. The "
          "format is detected from the first bytes of the file, not from its name. A file that is "
          "not JSON is refused before anything is stored, with a hint how to convert it. An item "
          "without an id gets one that is derived from its text. Therefore an interrupted import "
          "can be repeated: items that are already stored are counted as skipped, and no item is "
          "stored twice. Items that cannot be stored are reported, the import continues, and the "
          "exit code is 1.",
      .operands = {.placeholder = "FILE...",
                   .least = 1,
                   .most = 1'000'000,
                   .to = &to.files,
                   .choices = {},
                   .are_files = true},
      .settings = place_settings(to.store, to.url, to.token, config)};
  command.settings.push_back(
      {.name = "on-conflict",
       .value = choice(to.on_conflict, {{"fail", OnConflict::fail},
                                        {"skip", OnConflict::skip},
                                        {"replace", OnConflict::replace}}),
       .help = "What to do with an item if its id belongs to a stored item with other content. "
               "fail: report an error. skip: keep the stored item, without comparing. replace: "
               "overwrite the stored item.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "id-from",
       .value = text(to.id_from, "MEMBER"),
       .help = "Member whose value becomes the id: a string, a number as it is written, or "
               "MongoDB's {\"$oid\":…}. The member stays in the item, unless it is id itself.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "rejects",
       .value = file(to.rejects),
       .help = "File for the items that cannot be stored, one per line, to be corrected and "
               "imported again. It must not exist. It appears at the end if there are such items, "
               "and only its owner may read it.",
       .scope = Scope::flag});
  command.settings.push_back({.name = "create",
                              .value = switched(to.create),
                              .help = "Create the store if the data directory has none.",
                              .scope = Scope::flag});
  return command;
}

Command check_command(CheckOptions& to, std::filesystem::path& config) {
  return {.verb = Verb::check,
          .name = "check",
          .summary = "Read a whole data directory and verify it",
          .details = "Changes nothing. The exit code is 1 if there are problems.",
          .operands = {},
          .settings = {data_setting(to.data), config_setting(config)}};
}

Command backup_command(BackupOptions& to, std::filesystem::path& config) {
  return {.verb = Verb::backup,
          .name = "backup",
          .summary = "Copy a data directory to a snapshot file",
          .details =
              "Works while servers use the directory. PATH is a directory, in which a new snapshot "
              "items-TIME.mdb is created, or a file, which is replaced. The snapshot holds all "
              "items as they are at one moment, without free space; the checksum of every item is "
              "verified, and only the owner of the file may read it. It gets its name when it is "
              "complete and on disk. A backup that is killed leaves NAME.partial, which the next "
              "backup removes. `picus restore` restores a snapshot.",
          .operands = {.placeholder = "PATH",
                       .least = 1,
                       .most = 1,
                       .to = &to.targets,
                       .choices = {},
                       .are_files = true},
          .settings = {data_setting(to.data), skip_damaged_setting(to.skip_damaged),
                       config_setting(config)}};
}

Command restore_command(RestoreOptions& to, std::filesystem::path& config) {
  return {.verb = Verb::restore,
          .name = "restore",
          .summary = "Make a data directory from a snapshot of `picus backup`",
          .details =
              "PATH is a snapshot, or a directory, whose newest snapshot is restored. Every item "
              "is verified. A data directory that has a store is not changed: move its store away "
              "first. No server may use the directory.",
          .operands = {.placeholder = "PATH",
                       .least = 1,
                       .most = 1,
                       .to = &to.sources,
                       .choices = {},
                       .are_files = true},
          .settings = {{.name = "data",
                        .value = directory(to.data),
                        .help = "Directory to create. It may exist, but must not have a store.",
                        .scope = Scope::environment},
                       skip_damaged_setting(to.skip_damaged),
                       config_setting(config)}};
}

Command table_command(TableCommandOptions& to, std::filesystem::path& config) {
  Command command{.verb = Verb::table,
                  .name = "table",
                  .summary = "Create a DynamoDB table for items, or describe one",
                  .details =
                      "create: creates the table with on-demand billing, and waits until it can be "
                      "used. describe: prints the state of the table as JSON; DynamoDB updates the "
                      "counts of items and bytes about every six hours.",
                  .operands = {.placeholder = "create|describe",
                               .least = 1,
                               .most = 1,
                               .to = &to.actions,
                               .choices = {"create", "describe"},
                               .are_files = false},
                  .settings = {}};
  add_table(command.settings, to.table, Scope::environment);
  command.settings.push_back(config_setting(config));
  return command;
}

Command token_command_of(TokenCommandOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::token,
      .name = "token",
      .summary = "Create, list, remove or show tokens of clients",
      .details =
          "add NAME: creates a token and prints it once: the file has only its SHA-256. list: "
          "prints the names, scopes and expiry times of the tokens. remove NAME: removes a token. "
          "A server with the file as --auth-file applies changes within 5 s.\n"
          "show: prints the content of a token, and with --auth-file whether a server accepts it "
          "or which check fails. aws: prints a token that AWS STS makes for the holder of the AWS "
          "credentials.",
      .operands = {.placeholder = "add|list|remove|show|aws [NAME]",
                   .least = 1,
                   .most = 2,
                   .to = &to.words,
                   .choices = {"add", "list", "remove", "show", "aws"},
                   .are_files = false},
      .settings = settings_of(to)};
  command.settings.push_back(config_setting(config));
  return command;
}

Command healthcheck_command(HealthcheckOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::healthcheck,
      .name = "healthcheck",
      .summary = "Check whether a server is alive",
      .details =
          "The exit code is 0 if GET /livez returns 200, else 1, with an error on standard error: "
          "for supervisors that restart processes. URL is an http or https URL; without it, the "
          "first address of --listen on this machine is checked.",
      .operands = {.placeholder = "[URL]",
                   .least = 0,
                   .most = 1,
                   .to = &to.urls,
                   .choices = {},
                   .are_files = false},
      .settings = {{.name = "listen",
                    .value = addresses(to.listen),
                    .help = "Address on which the server listens.",
                    .scope = Scope::environment},
                   {.name = "timeout",
                    .value = duration(to.timeout, 1ms, 5min),
                    .help = "How long the response may take.",
                    .scope = Scope::flag}}};
  add_ca_bundle(command.settings, to.ca_bundle, Scope::environment);
  command.settings.push_back(config_setting(config));
  return command;
}

Command completion_command(Options& to) {
  return {.verb = Verb::completion,
          .name = "completion",
          .summary = "Print the completion script for a shell",
          .details =
              "bash: eval \"$(picus completion bash)\" in ~/.bashrc\n"
              "zsh:  eval \"$(picus completion zsh)\" in ~/.zshrc, after compinit\n"
              "fish: picus completion fish > ~/.config/fish/completions/picus.fish",
          .operands = {.placeholder = "bash|zsh|fish",
                       .least = 1,
                       .most = 1,
                       .to = &to.shells,
                       .choices = {"bash", "zsh", "fish"},
                       .are_files = false},
          .settings = {}};
}

Command help_command(Options& to) {
  return {.verb = Verb::help,
          .name = "help",
          .summary = "Show the help of a command",
          .details = {},
          .operands = {.placeholder = "[COMMAND]",
                       .least = 0,
                       .most = 1,
                       .to = &to.topics,
                       .choices = {"serve", "export", "import", "check", "backup", "restore",
                                   "table", "token", "healthcheck", "completion"},
                       .are_files = false},
          .settings = {{.name = "man",
                        .value = switched(to.manual),
                        .help = "Print the manual page: picus help --man | man -l -",
                        .scope = Scope::flag}}};
}

}  // namespace

const Setting* Command::find(std::string_view setting) const {
  const auto found = std::ranges::find(settings, setting, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

std::vector<Command> commands_of(Options& to) {
  std::filesystem::path& config = to.config;
  return {serve_command(to),
          export_command(to.export_items, config),
          import_command(to.import_items, config),
          check_command(to.check, config),
          backup_command(to.backup, config),
          restore_command(to.restore, config),
          table_command(to.table, config),
          token_command_of(to.token, config),
          healthcheck_command(to.healthcheck, config),
          completion_command(to),
          help_command(to)};
}

}  // namespace picus::cli
