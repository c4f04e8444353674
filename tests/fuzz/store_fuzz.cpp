#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "core/log.h"
#include "core/run.h"
#include "fuzzing.h"
#include "store/lmdb/check.h"
#include "store/lmdb/copy.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/store.h"
#include "store/lmdb/store_fault.h"

// A store's file, changed at places that the text names. Whatever reads it ends, with items as they
// were put, or with an error; or the process ends with the exit code for damaged stores.
namespace picus::fuzzing {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr int kItems = 60;

class NoLog final : public Log {
 public:
  void write(Level /*level*/, std::string_view /*event*/,
             std::initializer_list<LogField> /*fields*/) override {}
  void access(const AccessRecord& /*record*/) override {}
};

Context in_time() {
  return {.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1)};
}

/// The store as it was before any change.
class Original {
 public:
  Original() : directory_(make_directory_name()) {
    NoLog log;
    const auto store = LmdbStore::open({.directory = directory_}, log);
    expect(store.has_value());
    for (int i = 0; i < kItems; ++i) {
      const std::string id = "k" + std::to_string(i);
      const std::string pad(i % 10 == 0 ? 9000 : 100, 'x');
      Key key = Key::parse(id, ErrorCode::invalid_id).value();
      NewItem item = make_item(key, R"("pad":")" + pad + "\"", pad.size()).value();
      texts_[id] = item.json;
      expect(run((*store)->put(std::move(item), IfAbsent{}, std::nullopt, in_time())).has_value());
    }
    expect((*store)->health().lost == false);
  }

  /// Reads the file once it is closed.
  void load() {
    std::ifstream in(items_file(directory_), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    std::filesystem::remove(lock_file(items_file(directory_)));
  }

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool has(std::string_view text) const {
    return std::ranges::any_of(texts_, [&](const auto& item) { return item.second == text; });
  }
  [[nodiscard]] const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  static std::filesystem::path make_directory_name() {
    std::string name = std::filesystem::temp_directory_path() / "picus-fuzz-XXXXXX";
    expect(::mkdtemp(name.data()) != nullptr);
    return name;
  }

  std::filesystem::path directory_;
  std::string bytes_;
  std::map<std::string, std::string> texts_;
};

Original& original() {
  static Original made = [] {
    Original first;
    first.load();
    return first;
  }();
  return made;
}

/// Five bytes of the text are one change: page, offset (2), what, value.
std::string changed(std::string bytes, std::string_view text) {
  constexpr std::size_t kChange = 5;
  const std::size_t pages = bytes.size() / kPageBytes;
  const auto number = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (; text.size() >= kChange; text.remove_prefix(kChange)) {
    const std::size_t page = number(0) % pages * kPageBytes;
    const std::size_t offset = (number(1) * 256U + number(2)) % kPageBytes;
    const std::size_t other = number(4) % pages * kPageBytes;
    switch (number(3) % 5) {
      case 0:
        bytes[page + offset] = text[4];
        break;
      case 1:
        bytes[page + offset] = static_cast<char>(bytes[page + offset] ^ text[4]);
        break;
      case 2:
        bytes.replace(page, kPageBytes, kPageBytes, text[4]);
        break;
      case 3:
        bytes.replace(page, kPageBytes, bytes.substr(other, kPageBytes));
        break;
      default:
        bytes[page + offset % 16] = text[4];  // the page's header
    }
  }
  return bytes;
}

void read_all(Store& store) {
  for (const auto& [id, json] : original().texts()) {
    const auto got = run(store.get(Key::parse(id, ErrorCode::invalid_key).value(), in_time()));
    if (got && *got) expect((*got)->json == json);
  }
  const auto pages = store.scan_all(
      {.page_bytes = 4096, .page_deadline = std::chrono::minutes(1), .skip_damaged = true});
  for (int i = 0;; ++i) {
    expect(i <= kItems + 1);
    const auto page = run(pages->read({}));
    if (!page) return;
    std::string_view text = page->text;
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      expect(original().has(text.substr(0, end)));
      text.remove_prefix(end + 1);
    }
    if (!page->next) return;
  }
}

/// What a process does with the file; its exit code.
int use() {
  NoLog log;
  const StoreFaults faults(log);
  const std::filesystem::path& directory = original().directory();
  if (auto store = LmdbStore::open({.directory = directory, .read_only = true}, log)) {
    read_all(**store);
  }
  const std::filesystem::path copy = directory / "copy";
  std::filesystem::remove(copy);
  (void)copy_directory(directory, log, {.to = copy, .skip_damaged = true, .progress = {}});
  (void)check(directory, log);
  return 0;
}

}  // namespace

void look_at(std::string_view text) {
  const std::string bytes = changed(original().bytes(), text);
  std::ofstream(items_file(original().directory()), std::ios::binary) << bytes;
  const pid_t child = ::fork();
  expect(child >= 0);
  if (child == 0) ::_exit(use());
  int status = 0;
  while (::waitpid(child, &status, 0) != child) expect(errno == EINTR);  // libFuzzer has a timer
  expect(WIFEXITED(status) &&
         (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == StoreFaults::kExitCode));
}

}  // namespace picus::fuzzing
