#include "cli/text_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/testing/temporary_directory.h"

namespace picus::cli {
namespace {

class Texts : public testing::Test {
 protected:
  /// Texts, each with its line; parts of too long ones with `!`; then what ended the reading.
  std::string texts(const std::string& bytes, std::size_t max_bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    const auto input = Input::open(file_, signals_);
    TextReader reader(**input, max_bytes);
    EXPECT_TRUE(*reader.recognise());
    std::string told;
    for (;;) {
      const auto text = reader.next();
      if (!text) return told + text.error().message.substr(file_.native().size());
      if (!*text) return told;
      told += std::to_string(reader.line()) + ((*text)->too_long ? "!" : "=") +
              std::string((*text)->text) + ((*text)->goes_on ? "+" : ";");
    }
  }

  Signals signals_;
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "file";
};

TEST_F(Texts, AreTheLinesOfNdjson) {
  EXPECT_EQ(texts("{}\n\n{\"a\":1}", 10), "1={};2=;3={\"a\":1};");
  EXPECT_EQ(texts("{}\r\n{}\n", 10), "1={}\r;2={};");
  EXPECT_EQ(texts("\xef\xbb\xbf{}\n", 10), "1={};");
  EXPECT_EQ(texts("", 10), "");
}

TEST_F(Texts, AreTheElementsOfArrays) {
  EXPECT_EQ(texts("[{},{\"a\":[1]}]", 10), "1={};1={\"a\":[1]};");
  EXPECT_EQ(texts("[\n  {},\n  {\n}\n]\n", 10), "2={};3={\n};");
  EXPECT_EQ(texts("[]", 10), "");
  EXPECT_EQ(texts("[{}]\n[{}]\n[]", 10), "1={};2={};");
  EXPECT_EQ(texts("[{},1,\"x\"]", 10), "1={};1=1;1=\"x\";");
}

TEST_F(Texts, AreObjectsOverLinesAndOnOneLine) {
  EXPECT_EQ(texts("{\n}\n\n{\n}", 10), "1={\n};4={\n};");
  EXPECT_EQ(texts("{}{} {}", 10), "1={};1={};1={};");
  EXPECT_EQ(texts("\x1e{}\n\x1e{}\n", 10), "1={};2={};");
}

TEST_F(Texts, EndWhereAnArrayIsMalformed) {
  EXPECT_EQ(texts("[{} {}]", 10),
            "1={};:1: invalid-json: expected a comma or the end of the array, not \"{\"; the rest "
            "of the file is not read");
  EXPECT_EQ(texts("[{},\n]", 10),
            "1={};:2: invalid-json: expected a value, not \"]\"; the rest of the file is not read");
  EXPECT_EQ(
      texts("[{},\n", 10),
      "1={};:2: invalid-json: the file ends inside an array; the rest of the file is not read");
  EXPECT_EQ(texts("[{}]x", 10),
            "1={};:1: invalid-json: expected an object or an array, not \"x\"; the rest of the "
            "file is not read");
  EXPECT_EQ(
      texts("{}{", 10),
      "1={};:1: invalid-json: the file ends inside a value; the rest of the file is not read");
}

TEST_F(Texts, ThatAreTooLongComeInParts) {
  EXPECT_EQ(texts("{    }\n{ }\n", 5), "1!{    };2={ };");
  EXPECT_EQ(texts("[{    },{}]", 5), "1!{    };1={};");
  const std::string members(700'000, 'x');
  const std::string text = "{\"a\":\"" + members + "\"}";
  for (const std::string& whole : {text + "\n{}", "[" + text + ",{}]"}) {
    std::string told = texts(whole, 1000);
    EXPECT_GT(std::ranges::count(told, '+'), 1);
    EXPECT_TRUE(told.ends_with("={};"));
    for (std::size_t at = 0; (at = told.find("+1!")) != std::string::npos;) told.erase(at, 3);
    EXPECT_TRUE(told.contains(text + ";"));
  }
}

TEST_F(Texts, GoOnFromPieceToPiece) {
  std::string lines;
  std::string array = "[";
  for (int i = 0; i < 20; ++i) {
    const std::string text = "{\"a\":\"" + std::string(100'000, 'x') + "\"}";
    lines += text + "\n";
    array += text + (i == 19 ? "]" : ",\n");
  }
  const std::string told = texts(lines, 200'000);
  EXPECT_EQ(std::ranges::count(told, ';'), 20);
  EXPECT_EQ(texts(array, 200'000), told);
  EXPECT_GE(std::ranges::count(texts(lines, 99'999), '!'), 20);
}

}  // namespace
}  // namespace picus::cli
