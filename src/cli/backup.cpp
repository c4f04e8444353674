#include "cli/backup.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "cli/command_log.h"
#include "cli/common_settings.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/snapshot_file.h"
#include "config/units.h"
#include "core/concat.h"
#include "core/last_error.h"
#include "json/text.h"
#include "store/lmdb/copy.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/process_locks.h"
#include "store/lmdb/store_fault.h"

namespace picus::cli {
namespace {

/// A server on the same machine goes first.
void step_back() {
  constexpr int kNice = 10;
  constexpr int kWhoProcess = 1;
  constexpr int kBestEffort = 2 << 13;
  constexpr int kLowest = 7;
  ::setpriority(PRIO_PROCESS, 0, kNice);
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kBestEffort | kLowest);
}

/// A copy as a command tells of it.
class CopyJob {
 public:
  CopyJob(const Signals& signals, bool skip_damaged)
      : signals_(signals), skip_damaged_(skip_damaged) {}

  CopyOptions options(const std::filesystem::path& to) {
    return {.to = to,
            .skip_damaged = skip_damaged_,
            .progress = [this](const CopyProgress& reached) { return show(reached); }};
  }

  /// Ends the whole. `done`: what was done, as in `backed up`.
  ExitCode finish(const Result<CopyReport>& report, PartialFile& file, bool replace,
                  const std::string& done) {
    if (!report) {
      progress_.print("picus: " + report.error().message());
      return ExitCode::failed;
    }
    if (report->stopped) {
      progress_.print("picus: interrupted; nothing is written");
      return ExitCode::interrupted;
    }
    if (const auto named = file.commit(replace); !named) {
      progress_.print("picus: " + named.error());
      return ExitCode::failed;
    }
    for (const std::string& key : report->damaged) {
      std::string line = "picus: skipped damaged item: ";
      json::append_string(line, key);
      progress_.print(line);
    }
    const auto elapsed = progress_.elapsed();
    progress_.print(concat(done, ": ", report->items, " items, ", format_bytes(report->file_bytes),
                           " in ", format_elapsed(elapsed), ", ", rate(report->items, elapsed)));
    return report->damaged.empty() ? ExitCode::ok : ExitCode::failed;
  }

 private:
  bool show(const CopyProgress& reached) {
    const double all = static_cast<double>(std::max<std::uint64_t>(reached.items_in_all, 1));
    progress_.show({.items = reached.items,
                    .bytes = reached.json_bytes,
                    .fraction = static_cast<double>(reached.items) / all});
    if (reached.source_doubled && !std::exchange(warned_, true)) {
      progress_.print(
          "picus: warning: items.mdb is twice as long as at the start of the backup; it grows "
          "during the backup because no page can be reused");
    }
    return !signals_.pending();
  }

  const Signals& signals_;
  bool skip_damaged_;
  Progress progress_;
  bool warned_ = false;
};

ExitCode refuse(const std::string& message) { return fail(message, ExitCode::unreachable); }

bool is_in_use(const std::filesystem::path& items) {
  std::error_code ignored;
  return std::filesystem::exists(lock_file(items), ignored) && !LmdbProcessLocks(items).is_alone();
}

/// What keeps a store from being put into a directory; empty: nothing.
std::string obstacle(const std::filesystem::path& data) {
  std::error_code ignored;
  const std::filesystem::path items = items_file(data);
  if (std::filesystem::exists(std::filesystem::symlink_status(items, ignored))) {
    return items.string() +
           " exists: move it away, or restore into another directory; nothing is changed";
  }
  if (!is_in_use(items)) return "";
  return "a process is using " + data.string() +
         ", whose items.mdb was deleted: stop the process first";
}

ExitCode backup(const BackupOptions& options, const Signals& signals) {
  const std::filesystem::path to = options.targets.front();
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(to, ignored);
  if (is_directory) remove_partial_snapshots(to);
  const std::filesystem::path file = is_directory ? to / snapshot_name() : to;
  if (std::filesystem::exists(file, ignored)) {
    if (is_file_of_store(file, options.data)) {
      return refuse(file.string() + " is a file of the store: give another file, or a directory");
    }
    if (!std::filesystem::is_regular_file(file, ignored)) {
      return refuse(file.string() + ": cannot be written: it is not a regular file");
    }
  }
  CommandLog log;
  const StoreFaults faults(log);
  if (auto found =
          inspect_file({items_file(options.data)}, /*read_only=*/true, /*must_exist=*/true);
      !found) {
    return refuse("--data: " + found.error().message());
  }
  auto partial = PartialFile::create(file);
  if (!partial) return refuse(partial.error());
  step_back();
  CopyJob job(signals, options.skip_damaged);
  const auto report = copy_directory(options.data, log, job.options(partial->path()));
  return job.finish(report, *partial, /*replace=*/true, "backed up to " + file.string());
}

ExitCode restore(const RestoreOptions& options, const Signals& signals) {
  std::filesystem::path from = options.sources.front();
  if (::access(from.c_str(), F_OK) != 0) return refuse(from.string() + ": " + last_error());
  std::error_code ignored;
  if (std::filesystem::is_directory(from, ignored)) {
    const auto newest = newest_snapshot(from);
    if (!newest) return refuse("there is no snapshot (items-*.mdb) in " + from.string());
    from = *newest;
  }
  const StoreFile snapshot{from, /*is_snapshot=*/true};
  if (auto good = inspect_file(snapshot, /*read_only=*/true, /*must_exist=*/true); !good) {
    return refuse(good.error().message());
  }
  if (is_in_use(from)) {
    return refuse(from.string() +
                  " is the store of a running process, which changes it: make a snapshot with "
                  "`picus backup`");
  }
  if (const std::string reason = obstacle(options.data); !reason.empty()) return refuse(reason);
  if (auto made = make_directory(options.data); !made) {
    return refuse("--data: " + made.error().message());
  }
  CommandLog log;
  const StoreFaults faults(log);
  auto partial = PartialFile::create(items_file(options.data));
  if (!partial) return refuse(partial.error());
  CopyJob job(signals, options.skip_damaged);
  const auto report = copy_file(from, job.options(partial->path()));
  return job.finish(report, *partial, /*replace=*/false,
                    "restored " + from.string() + " to " + options.data.string());
}

}  // namespace

Command backup_command(const std::shared_ptr<BackupOptions>& options) {
  return {
      .name = "backup",
      .summary = "Copy a data directory to a snapshot file",
      .details =
          "Works while servers use the directory. PATH is a directory, in which a new snapshot "
          "items-TIME.mdb is created, or a file, which is replaced. The snapshot contains "
          "all items as of one moment, without free space. The checksum of every item is verified. "
          "Only the owner of the file can read it. The file gets its name when it is complete and "
          "on disk. A backup that is killed leaves NAME.partial, which the next "
          "backup removes. `picus restore` restores a snapshot.",
      .operands = {.placeholder = "PATH",
                   .least = 1,
                   .most = 1,
                   .to = &options->targets,
                   .are_files = true},
      .settings = {data_setting(options->data), skip_damaged_setting(options->skip_damaged),
                   config_setting()},
      .run = [options](const Call&, const Signals& signals) { return backup(*options, signals); }};
}

Command restore_command(const std::shared_ptr<RestoreOptions>& options) {
  return {
      .name = "restore",
      .summary = "Create a data directory from a snapshot of `picus backup`",
      .details =
          "PATH is a snapshot, or a directory, whose newest snapshot is restored. Every item "
          "is verified. A data directory that has a store is not changed: move its store away "
          "first. No server may use the directory.",
      .operands = {.placeholder = "PATH",
                   .least = 1,
                   .most = 1,
                   .to = &options->sources,
                   .are_files = true},
      .settings = {{.name = "data",
                    .value = directory(options->data),
                    .help = "Directory to create. It may exist, but must not contain a store.",
                    .scope = Scope::environment},
                   skip_damaged_setting(options->skip_damaged),
                   config_setting()},
      .run = [options](const Call&, const Signals& signals) { return restore(*options, signals); }};
}

}  // namespace picus::cli
