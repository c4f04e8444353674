#include "cli/rejects.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace picus::cli {

std::expected<Rejects, std::string> Rejects::open(const std::filesystem::path& file,
                                                  const Signals& signals) {
  auto output = Output::open(
      file, signals, {.mode = S_IRUSR | S_IWUSR, .may_replace = false, .waits_for_signals = false});
  if (!output) return std::unexpected(output.error());
  return Rejects(file, std::move(*output));
}

void Rejects::add(std::string_view text, bool goes_on) {
  if (failed_) return;
  is_empty_ = false;
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\r', ' ');
  if (!goes_on) line += '\n';
  failed_ = !output_.write(line);
}

std::optional<std::string> Rejects::finish() {
  if (is_empty_) return std::nullopt;
  failed_ = failed_ || !output_.commit();
  if (!failed_) return std::nullopt;
  return output_.error().empty() ? file_.string() + ": cannot be written" : output_.error();
}

}  // namespace picus::cli
