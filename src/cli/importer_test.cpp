#include "cli/importer.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/store_sink.h"
#include "core/run.h"
#include "core/testing/temporary_directory.h"
#include "store/testing/memory_store.h"

namespace picus::cli {
namespace {

class Importing : public testing::Test {
 protected:
  /// What the command says on standard error.
  std::string import_text(const std::string& text, OnConflict on_conflict) {
    std::ofstream(file_, std::ios::binary) << text;
    testing::internal::CaptureStderr();
    {
      Progress progress;
      StoreSink sink(store_);
      Importer importer(sink, {.on_conflict = on_conflict, .id_from = {}}, progress, signals_);
      code_ = picus::run(importer.run({file_}));
      importer.tell_failed();
      importer.tell_sum();
    }
    std::string told = testing::internal::GetCapturedStderr();
    const std::string name = file_.string();
    for (std::size_t at = 0; (at = told.find(name)) != std::string::npos;) {
      told.replace(at, name.size(), "F");
    }
    const std::string_view recognised = "picus: F: NDJSON\n";
    EXPECT_TRUE(told.starts_with(recognised)) << told;
    return told.substr(recognised.size(), told.rfind(" in ") - recognised.size());
  }

  std::string stored() {
    const auto page = picus::run(store_.scan(
        {.after = "", .max_items = 1000, .max_bytes = 1 << 20, .separator = '\n', .buffer = ""},
        {std::chrono::steady_clock::time_point::max()}));
    return page->text;
  }

  Signals signals_;
  MemoryStore store_;
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "file";
  ExitCode code_{};
};

TEST_F(Importing, ARepeatedImportMakesNothingTwice) {
  const std::string text =
      "{\"id\":\"a\",\"n\":1}\n{\"x\":1}\n{\"x\":1}\n\n{\"id\":\"a\",\"n\":1}\n";
  EXPECT_EQ(import_text(text, OnConflict::fail),
            "imported 3 items (3 created, 0 replaced, 1 skipped, 0 failed)");
  EXPECT_EQ(code_, ExitCode::ok);
  const std::string before = stored();
  EXPECT_EQ(import_text(text, OnConflict::fail),
            "imported 0 items (0 created, 0 replaced, 4 skipped, 0 failed)");
  EXPECT_EQ(code_, ExitCode::ok);
  EXPECT_EQ(stored(), before);
}

TEST_F(Importing, OtherContentUnderTheSameIdIsReported) {
  import_text("{\"id\":\"a\",\"n\":1}\n", OnConflict::fail);
  EXPECT_EQ(
      import_text("{\"id\":\"a\",\"n\":2}\n{\"id\":\"b\"}\n", OnConflict::fail),
      "F:1: already-exists: A stored item with other content has this id.\n"
      "picus: --on-conflict skip keeps the stored items, --on-conflict replace overwrites them\n"
      "picus: with --rejects FILE the items that fail are written to FILE, to be corrected and "
      "imported again\n"
      "imported 1 items (1 created, 0 replaced, 0 skipped, 1 failed)");
  EXPECT_EQ(code_, ExitCode::failed);
  EXPECT_EQ(stored(), "{\"id\":\"a\",\"n\":1}\n{\"id\":\"b\"}\n");
}

TEST_F(Importing, SkipKeepsAndReplaceOverwrites) {
  import_text("{\"id\":\"a\",\"n\":1}\n", OnConflict::fail);
  EXPECT_EQ(import_text("{\"id\":\"a\",\"n\":2}\n", OnConflict::skip),
            "imported 0 items (0 created, 0 replaced, 1 skipped, 0 failed)");
  EXPECT_EQ(stored(), "{\"id\":\"a\",\"n\":1}\n");
  EXPECT_EQ(import_text("{\"id\":\"a\",\"n\":2}\n", OnConflict::replace),
            "imported 1 items (0 created, 1 replaced, 0 skipped, 0 failed)");
  EXPECT_EQ(stored(), "{\"id\":\"a\",\"n\":2}\n");
}

TEST_F(Importing, BadLinesAreReportedAndTheRestGoesOn) {
  const std::string long_line = "{\"id\":\"l\",\"x\":\"" + std::string(1 << 20, 'x') + "\"}\n";
  const std::string told =
      import_text("{\"id\":\"a\"}\nnonsense\n" + long_line + "{\"id\":7}\n", OnConflict::fail);
  EXPECT_TRUE(told.starts_with("F:2: invalid-json: ")) << told;
  EXPECT_TRUE(told.contains("\nF:3: body-too-large: ")) << told;
  EXPECT_TRUE(told.contains("\nF:4: invalid-id: ")) << told;
  EXPECT_TRUE(told.ends_with("\nimported 1 items (1 created, 0 replaced, 0 skipped, 3 failed)"));
  EXPECT_EQ(code_, ExitCode::failed);
}

TEST_F(Importing, OnlyTheFirstHundredErrorsAreShown) {
  std::string text;
  text = "{}\n";
  for (int i = 0; i < 250; ++i) text += "nonsense\n";
  const std::string told = import_text(text, OnConflict::fail);
  EXPECT_TRUE(told.contains("F:101: "));
  EXPECT_FALSE(told.contains("F:102: "));
  EXPECT_TRUE(told.contains("\npicus: further items that fail are counted, but not printed\n"));
  EXPECT_TRUE(told.ends_with("250 failed)"));
}

TEST_F(Importing, ASignalStopsItBeforeTheNextPiece) {
  std::ofstream(file_, std::ios::binary) << "{\"id\":\"a\"}\n";
  raise(SIGINT);  // blocked by signals_, so it only waits
  Progress progress;
  StoreSink sink(store_);
  Importer importer(sink, {}, progress, signals_);
  EXPECT_EQ(picus::run(importer.run({file_})), ExitCode::interrupted);
  EXPECT_EQ(signals_.wait(std::chrono::seconds(1)), SIGINT);
  EXPECT_EQ(stored(), "");
}

}  // namespace
}  // namespace picus::cli
