#include "cli/manual.h"

#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "core/version.h"

namespace picus::cli {
namespace {

/// As roff prints it where nothing else is said.
std::string without_escapes(std::string page) {
  for (const std::string_view escape : {"\\&", "\\fB", "\\fI", "\\fR"}) {
    for (std::size_t at = 0; (at = page.find(escape)) != std::string::npos;) {
      page.erase(at, escape.size());
    }
  }
  for (std::size_t at = 0; (at = page.find("\\-", at)) != std::string::npos;) page.erase(at, 1);
  return page;
}

TEST(Manual, NamesEveryCommandAndAllThatItsHelpSays) {
  const auto commands = all_commands();
  const std::string page = without_escapes(manual_page(commands));
  for (const Command& command : commands) {
    EXPECT_TRUE(page.contains(".SS \"picus " + std::string(command.name) + "\"\n"));
    EXPECT_TRUE(page.contains(command.summary)) << command.name;
    for (const Setting& setting : command.settings) {
      EXPECT_TRUE(page.contains("\n" + setting.flag())) << setting.name;
      EXPECT_TRUE(page.contains(setting.help)) << setting.name;
      EXPECT_TRUE(page.contains(setting.variable())) << setting.name;
      EXPECT_TRUE(page.contains(setting.preset())) << setting.name;
    }
  }
  for (const ExitMeaning& meaning : kExitMeanings) EXPECT_TRUE(page.contains(meaning.text));
  EXPECT_TRUE(page.contains(kVersion));
}

TEST(Manual, NoTextOfACommandIsReadAsARequest) {
  const Command command{.name = "try",
                        .summary = ".summary",
                        .details = "'details\n.more \\n and \"quotes\" of --all"};
  const std::string page = manual_page(std::span(&command, 1));
  EXPECT_TRUE(page.contains("\n\\&.summary."));
  EXPECT_TRUE(page.contains("\n\\&'details\n"));
  EXPECT_TRUE(page.contains("\n\\&.more \\en and \"quotes\" of \\-\\-all\n"));
}

TEST(Version, ALineNamesProgramVersionAndCommit) {
  const std::string line = version_line("picus");
  EXPECT_TRUE(line.starts_with("picus " + std::string(kVersion)));
  EXPECT_TRUE(line.ends_with(commit().empty() ? std::string(kVersion) + "\n"
                                              : " (" + std::string(commit()) + ")\n"));
}

}  // namespace
}  // namespace picus::cli
