#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "config/layers.h"
#include "config/setting.h"

namespace picus::cli {

struct Command;

/// The operands of a command.
struct Operands {
  std::string_view placeholder = {};  ///< `FILE…`; empty: no operands
  std::size_t least = 0;
  std::size_t most = 0;
  std::vector<std::string>* to = nullptr;
  std::vector<std::string_view> choices = {};  ///< for the completion of shells
  bool are_files = false;                      ///< for the completion of shells
};

/// A call of a command, when its settings and operands are assigned.
struct Call {
  std::span<const Command> commands;  ///< all of the program
  const Environment& environment;
  std::span<const Effective> values;  ///< of the settings
};

/// A command of `picus`. Parsing, help, the manual and completion know no more of it than this.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view details = {};  ///< for its help; each line is a paragraph
  Operands operands = {};
  std::vector<Setting> settings = {};
  // Errors are for the user. A function that is empty has nothing to do.
  /// Checks what involves several settings.
  std::function<std::expected<void, std::string>(const Call& call)> check = {};
  /// A text that is not empty is printed instead of a run.
  std::function<std::expected<std::string, std::string>(const Call& call)> text = {};
  std::function<ExitCode(const Call& call, Signals& signals)> run = {};

  /// nullptr: it has no such setting.
  [[nodiscard]] const Setting* find(std::string_view setting) const;
};

}  // namespace picus::cli
