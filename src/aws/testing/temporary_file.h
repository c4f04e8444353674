#pragma once

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace picus::aws {

/// For tests: a file with that text, for as long as this lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::string name = "/tmp/picus-aws-XXXXXX";
    close(mkstemp(name.data()));
    path_ = name;
    write(text);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace picus::aws
