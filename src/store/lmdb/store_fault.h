#pragma once

namespace picus {

class Log;

/// A scope in which LMDB reads the map of the store on this thread. A damaged page can lead to an
/// access outside the map (SIGSEGV) or outside the memory of a changed page (SIGABRT, from the
/// allocator), and a truncated file or a failing disk to an access without data (SIGBUS).
class FaultScope {
 public:
  FaultScope() { enter(); }
  ~FaultScope() { leave(); }
  FaultScope(const FaultScope&) = delete;
  FaultScope& operator=(const FaultScope&) = delete;

  /// For a scope that is not a block.
  static void enter() { ++depth_; }
  static void leave() { --depth_; }
  static bool is_entered() { return depth_ != 0; }

 private:
  static thread_local int depth_;
};

/// While this object exists, such a fault, or a failed assertion of LMDB, ends the process with the
/// exit code, after a log line `store-damaged`. Other faults are not changed. One object at a time.
class StoreFaults {
 public:
  static constexpr int kExitCode = 4;

  /// `log` outlives this object.
  explicit StoreFaults(Log& log);
  ~StoreFaults();
  StoreFaults(const StoreFaults&) = delete;
  StoreFaults& operator=(const StoreFaults&) = delete;
};

/// For a failed assertion of LMDB: ends the process as above, or aborts it.
[[noreturn]] void end_for_damage(const char* what);

}  // namespace picus
