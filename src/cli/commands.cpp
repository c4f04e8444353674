#include "cli/commands.h"

#include <algorithm>

#include "cli/token_command.h"

namespace picus::cli {
namespace {

using namespace std::chrono_literals;

Setting data_setting(std::filesystem::path& to) {
  return {.name = "data",
          .value = directory(to),
          .preset = "./data",
          .help = "Directory of the items, also while a server serves it.",
          .scope = Scope::environment};
}

Setting url_setting(std::string& to) {
  return {.name = "url",
          .value = text(to, "URL"),
          .preset = {},
          .help =
              "Go through a server instead: http://HOST[:PORT], https://HOST[:PORT] or "
              "unix:/PATH.",
          .scope = Scope::flag};
}

Setting skip_damaged_setting(bool& to) {
  return {.name = "skip-damaged",
          .value = switched(to),
          .preset = {},
          .help =
              "Leave out items that are damaged, and name them, in place of stopping at the "
              "first one. The exit code is 1 if there are any.",
          .scope = Scope::flag};
}

Setting config_setting(std::filesystem::path& to) {
  return {
      .name = "config",
      .value = file(to),
      .preset = {},
      .help = "Configuration file, the same for all commands: each takes from it what it knows.",
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
      .summary = "Serve the items of a data directory, or of a DynamoDB table, over HTTP",
      .details =
          "Prints \"listening on URL\" on standard output for each address once it serves, and log "
          "lines on standard error. SIGTERM, SIGINT or SIGHUP drain it: it stops when the requests "
          "in flight are answered. A second signal cuts them.\n"
          "\n"
          "A setting is taken from the flag, else from the variable, else from the file that "
          "--config names, else from the default. The file has lines \"key = value\", where the "
          "key is the flag without its dashes, and comments after #. An empty variable counts as "
          "absent. A variable of AWS's counts where that of Picus is absent. Durations are whole "
          "numbers with ms, s, m or h; sizes are bytes, or have KiB, "
          "MiB or GiB.",
      .operands = {},
      .settings = settings_of(to.serve)};
  command.settings.push_back(config_setting(to.config));
  command.settings.push_back(
      {.name = "check-config",
       .value = switched(to.check_config),
       .preset = {},
       .help = "Print the effective configuration, as a file that --config reads, and exit.",
       .scope = Scope::flag});
  return command;
}

Command export_command(ExportOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::export_items,
      .name = "export",
      .summary = "Write all items as NDJSON, one item a line",
      .details =
          "Items that do not change meanwhile are written exactly once, in no promised order. "
          "What it writes, `picus import` reads back to equal items with the same ids. It shows no "
          "single moment: items that change meanwhile are written as they are before or after. "
          "`picus backup` copies a data directory as it is at one moment.",
      .operands = {},
      .settings = place_settings(to.store, to.url, to.token, config)};
  add_list_segments(command.settings, to.store.table, Scope::environment);
  command.settings.push_back(
      {.name = "output",
       .value = file(to.output),
       .preset = "-",
       .help = "File to write, which appears when it is complete and replaces an older one; - is "
               "standard output. A name that ends in .gz is compressed. Devices and pipes are "
               "written as they are.",
       .scope = Scope::flag});
  command.settings.push_back(skip_damaged_setting(to.skip_damaged));
  return command;
}

Command import_command(ImportOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::import_items,
      .name = "import",
      .summary = "Read items from JSON files: NDJSON, arrays, or objects one after another",
      .details =
          "FILE may be -, which is standard input, and may be compressed with gzip or zstd. What a "
          "file is, its first bytes say, not its name; what is not JSON is refused with a sentence "
          "about the way to make JSON of it, before anything is stored. An item without an id gets "
          "one made of its text, so an import that was interrupted can be run again: what is there "
          "already is counted as skipped, and nothing comes twice. Items that cannot be written "
          "are reported, the rest goes on, and the exit code is 1.",
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
       .preset = "fail",
       .help = "What to do with an item whose id belongs to an item with other content. fail: "
               "report it. skip: keep the one that is there, without comparing. replace: overwrite "
               "it.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "id-from",
       .value = text(to.id_from, "MEMBER"),
       .preset = {},
       .help = "Member that becomes the id: a string, a number as it is written, or MongoDB's "
               "{\"$oid\":…}. It stays in the item, unless it is id itself.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "rejects",
       .value = file(to.rejects),
       .preset = {},
       .help = "File for the items that cannot be written, one a line, to be corrected and "
               "imported again. It must not be there yet; it appears at the end, if there are "
               "any, and only its owner may read it.",
       .scope = Scope::flag});
  command.settings.push_back({.name = "create",
                              .value = switched(to.create),
                              .preset = {},
                              .help = "Make a store where the data directory has none.",
                              .scope = Scope::flag});
  return command;
}

Command check_command(CheckOptions& to, std::filesystem::path& config) {
  return {.verb = Verb::check,
          .name = "check",
          .summary = "Read a whole data directory and verify it",
          .details = "Changes nothing. The exit code is 1 if something is wrong.",
          .operands = {},
          .settings = {data_setting(to.data), config_setting(config)}};
}

Command backup_command(BackupOptions& to, std::filesystem::path& config) {
  return {
      .verb = Verb::backup,
      .name = "backup",
      .summary = "Copy a data directory to a file, as it is at one moment",
      .details =
          "Works while servers use the directory. PATH is a directory, in which a new snapshot "
          "items-TIME.mdb appears, or a file, which is replaced. The snapshot is compact, every "
          "item in it was verified by its checksum, and only its owner may read it. It has its "
          "name when it is whole and on disk; what a killed backup leaves is called "
          "NAME.partial, and the next one removes it. `picus restore` puts it back.",
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
          .summary = "Make a data directory of a snapshot that `picus backup` wrote",
          .details =
              "PATH is a snapshot, or a directory, of which the newest one is taken. Every item is "
              "verified. A directory that has a store is left alone: move that away first. No "
              "server may use the directory.",
          .operands = {.placeholder = "PATH",
                       .least = 1,
                       .most = 1,
                       .to = &to.sources,
                       .choices = {},
                       .are_files = true},
          .settings = {{.name = "data",
                        .value = directory(to.data),
                        .preset = "./data",
                        .help = "Directory to make; it may exist, without a store.",
                        .scope = Scope::environment},
                       skip_damaged_setting(to.skip_damaged),
                       config_setting(config)}};
}

Command table_command(TableCommandOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::table,
      .name = "table",
      .summary = "Make a DynamoDB table for items, or describe one",
      .details =
          "create: makes the table, paid by the request, and waits until it can be used. describe: "
          "prints its state as JSON; DynamoDB counts items and bytes anew every six hours or so.",
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
      .summary = "Make, list or remove the tokens that let clients in",
      .details =
          "add NAME: makes a token and prints it, once: the file keeps only its SHA-256. "
          "list: prints names, scopes and when they expire. remove NAME: ends a token. "
          "A server that reads the file with --auth-file follows within 5 s.",
      .operands = {.placeholder = "add|list|remove [NAME]",
                   .least = 1,
                   .most = 2,
                   .to = &to.words,
                   .choices = {"add", "list", "remove"},
                   .are_files = false},
      .settings = settings_of(to)};
  command.settings.push_back(config_setting(config));
  return command;
}

Command healthcheck_command(HealthcheckOptions& to, std::filesystem::path& config) {
  Command command{
      .verb = Verb::healthcheck,
      .name = "healthcheck",
      .summary = "Ask a server whether it is alive",
      .details =
          "Exits 0 if GET /livez returns 200, else 1 with a line that says why: for what restarts "
          "processes. "
          "Without URL, which may be an https one, it asks the first address of --listen on "
          "this machine.",
      .operands = {.placeholder = "[URL]",
                   .least = 0,
                   .most = 1,
                   .to = &to.urls,
                   .choices = {},
                   .are_files = false},
      .settings = {{.name = "listen",
                    .value = addresses(to.listen),
                    .preset = "127.0.0.1:8080",
                    .help = "Where the server listens.",
                    .scope = Scope::environment},
                   {.name = "timeout",
                    .value = duration(to.timeout, 1ms, 5min),
                    .preset = "3s",
                    .help = "How long the answer may take.",
                    .scope = Scope::flag}}};
  add_ca_bundle(command.settings, to.ca_bundle, Scope::environment);
  command.settings.push_back(config_setting(config));
  return command;
}

Command completion_command(Options& to) {
  return {.verb = Verb::completion,
          .name = "completion",
          .summary = "Print what makes a shell complete picus's commands and options",
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
          .summary = "Say more about a command",
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
                        .preset = {},
                        .help = "Print the whole manual page: picus help --man | man -l -",
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
