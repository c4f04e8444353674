#include <algorithm>

#include "aws/credentials/document.h"
#include "aws/credentials/profile_file.h"
#include "fuzzing.h"

// Documents of those who give credentials: AWS's endpoints, and files.
namespace picus::fuzzing {

void look_at(std::string_view text) {
  for (const auto& read : {aws::parse_credentials_json(text), aws::parse_sts_answer(text)}) {
    if (!read) expect(!read.error().empty());
  }
  const std::string error = aws::parse_sts_error(text);
  expect(std::ranges::all_of(error, [](char c) { return c >= ' ' && c <= '~'; }));
  for (const auto file : {aws::ProfileFile::config, aws::ProfileFile::credentials}) {
    const auto read = aws::read_profile(text, file, "a");
    if (!read) expect(read.error() == "it is not UTF-8" || read.error().starts_with("line "));
  }
}

}  // namespace picus::fuzzing
