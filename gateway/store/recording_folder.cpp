#include "gateway/store/recording_folder.hpp"

#include "protocols/audio/g711.hpp"
#include "protocols/audio/wav.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tandem {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view finished = ".wav";
constexpr std::string_view unfinished = ".wav.part";
constexpr wav::format layout{wav::coding::pcm16, 2};

std::error_code last_error() { return {errno, std::system_category()}; }

/// An open file.
class descriptor {
 public:
  descriptor(const fs::path& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  ~descriptor() {
    if (number_ >= 0) close(number_);
  }
  descriptor(const descriptor&) = delete;

  int operator*() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

std::error_code write_all(int file, std::span<const std::uint8_t> bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

std::error_code write_header(int file, std::uint32_t rate, std::uint64_t audio_bytes) {
  const auto most = std::numeric_limits<std::uint32_t>::max() - 1024;
  auto of_rate = layout;
  of_rate.rate = rate;
  return write_all(
      file, wav::header(of_rate, static_cast<std::uint32_t>(std::min<std::uint64_t>(audio_bytes, most))), 0);
}

std::uint64_t header_bytes() {
  static const auto size = wav::header(layout, 0).size();
  return size;
}

/// The rate that the header of an unfinished recording has.
std::uint32_t rate_of(int file) {
  std::vector<std::uint8_t> head(header_bytes());
  const auto got = pread(file, head.data(), head.size(), 0);
  head.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  const auto found = wav::read(head);
  return found ? found->layout.rate : layout.rate;
}

/// Whether an id, which is `<node>-<epoch>-<number>`, was born on this node.
bool is_of(std::string_view call_id, std::string_view node) {
  for (int group = 0; group < 2; ++group) {
    const auto dash = call_id.rfind('-');
    if (dash == std::string_view::npos) return false;
    call_id.remove_suffix(call_id.size() - dash);
  }
  return call_id == node;
}

}  // namespace

bool is_recording_name(std::string_view call_id) {
  return !call_id.empty() && call_id.front() != '.' && call_id.size() <= 200 &&
         std::all_of(call_id.begin(), call_id.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
         });
}

recording_folder::recording_folder(fs::path folder) : folder_(std::move(folder)) {
  fs::create_directories(folder_, fault_);
  if (!fault_ && access(folder_.c_str(), W_OK | X_OK) != 0) fault_ = last_error();
}

fs::path recording_folder::path(std::string_view call_id, std::string_view ending) const {
  return folder_ / (std::string(call_id) + std::string(ending));
}

std::error_code recording_folder::write(std::string_view call_id, std::uint64_t position,
                                        std::span<const std::uint8_t> stereo_ulaw, std::uint32_t rate) const {
  const descriptor file(path(call_id, unfinished), O_WRONLY | O_CREAT);
  if (!file) return last_error();
  struct stat known {};
  if (fstat(*file, &known) != 0) return last_error();
  // Whoever reads it before it is finished takes what is there.
  if (known.st_size == 0) {
    if (const auto fault = write_header(*file, rate, 0)) return fault;
  }
  std::vector<std::uint8_t> linear;
  linear.reserve(2 * stereo_ulaw.size());
  for (const auto byte : stereo_ulaw) {
    const auto sample = static_cast<std::uint16_t>(g711::from_ulaw(byte));
    linear.push_back(static_cast<std::uint8_t>(sample & 0xff));
    linear.push_back(static_cast<std::uint8_t>(sample >> 8));
  }
  return write_all(*file, linear, header_bytes() + position * layout.frame_bytes());
}

std::error_code recording_folder::finish(std::string_view call_id) const {
  const auto from = path(call_id, unfinished);
  {
    const descriptor file(from, O_RDWR);
    if (!file) return errno == ENOENT ? std::error_code{} : last_error();
    struct stat known {};
    if (fstat(*file, &known) != 0) return last_error();
    const auto bytes = std::max<std::uint64_t>(static_cast<std::uint64_t>(known.st_size), header_bytes());
    if (const auto fault = write_header(*file, rate_of(*file), bytes - header_bytes())) return fault;
    if (fdatasync(*file) != 0) return last_error();
  }
  std::error_code fault;
  fs::rename(from, path(call_id, finished), fault);
  if (!fault) sync();
  return fault;
}

void recording_folder::sync() const {
  const descriptor itself(folder_, O_RDONLY | O_DIRECTORY);
  if (itself) fsync(*itself);
}

std::error_code recording_folder::erase(std::string_view call_id) const {
  std::error_code first;
  for (const auto ending : {finished, unfinished}) {
    std::error_code fault;
    fs::remove(path(call_id, ending), fault);
    if (fault && !first) first = fault;
  }
  return first;
}

std::size_t recording_folder::recover(std::string_view node) const {
  std::vector<std::string> open;
  std::error_code fault;
  for (fs::directory_iterator each(folder_, fault), end; !fault && each != end; each.increment(fault)) {
    auto name = each->path().filename().string();
    if (!name.ends_with(unfinished)) continue;
    name.resize(name.size() - unfinished.size());
    if (is_of(name, node)) open.push_back(std::move(name));
  }
  return static_cast<std::size_t>(
      std::count_if(open.begin(), open.end(), [this](const auto& id) { return !finish(id); }));
}

std::vector<std::string> recording_folder::finished_of(std::string_view node) const {
  std::vector<std::pair<fs::file_time_type, std::string>> all;
  std::error_code fault;
  for (fs::directory_iterator each(folder_, fault), end; !fault && each != end; each.increment(fault)) {
    auto name = each->path().stem().string();
    if (each->path().extension() != finished || !is_of(name, node)) continue;
    std::error_code skip;
    const auto written = each->last_write_time(skip);
    if (!skip) all.emplace_back(written, std::move(name));
  }
  std::ranges::sort(all);
  std::vector<std::string> ids;
  for (auto& [written, id] : all) ids.push_back(std::move(id));
  return ids;
}

std::uint64_t recording_folder::bytes() const {
  std::uint64_t sum = 0;
  std::error_code fault;
  for (fs::directory_iterator each(folder_, fault), end; !fault && each != end; each.increment(fault)) {
    std::error_code skip;
    if (const auto size = each->file_size(skip); !skip) sum += size;
  }
  return sum;
}

std::size_t recording_folder::prune(std::chrono::system_clock::time_point cut, std::size_t most) const {
  std::size_t gone = 0;
  std::error_code fault;
  for (fs::directory_iterator each(folder_, fault), end; !fault && each != end && gone < most;
       each.increment(fault)) {
    if (each->path().extension() != finished) continue;
    std::error_code skip;
    const auto written = each->last_write_time(skip);
    if (skip || std::chrono::file_clock::to_sys(written) >= cut) continue;
    gone += fs::remove(each->path(), skip) ? 1 : 0;
  }
  return gone;
}

std::optional<fs::path> recording_folder::find(std::string_view call_id) const {
  if (!is_recording_name(call_id)) return std::nullopt;
  auto file = path(call_id, finished);
  std::error_code fault;
  if (!fs::is_regular_file(file, fault)) return std::nullopt;
  return file;
}

}  // namespace tandem
