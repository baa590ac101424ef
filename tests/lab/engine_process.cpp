#include "tests/lab/engine_process.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace tandem::lab {

namespace {

/// The port in a log line's `name=HOST:PORT`, or `"name":"HOST:PORT"` when it is JSON.
std::optional<std::uint16_t> port_of(std::string_view line, const std::string& name) {
  const auto as_text = " " + name + "=";
  const auto as_json = "\"" + name + "\":\"";
  const auto& before = line.starts_with('{') ? as_json : as_text;
  auto at = line.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  auto word = line.substr(at + before.size());
  word = word.substr(0, word.find_first_of(" \""));
  auto colon = word.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  std::from_chars(word.data() + colon + 1, word.data() + word.size(), port);
  return port;
}

/// Becomes the program, in a child between `fork` and its end: nothing that takes a lock may be called.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent, int complaints) {
  // Nobody else would end the engine when the lab is killed.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // Ctrl-C at the terminal is for the lab, which then stops the engine.
  setpgid(0, 0);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments);
  const int fault = errno;
  [[maybe_unused]] const auto told = write(complaints, &fault, sizeof fault);
  _exit(127);
}

struct pipe_ends {
  pipe_ends() {
    if (pipe2(all, O_CLOEXEC) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  }
  ~pipe_ends() {
    for (const int each : all)
      if (each >= 0) close(each);
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;

  int reader() const { return all[0]; }
  int writer() const { return all[1]; }
  int take_reader() { return std::exchange(all[0], -1); }
  void close_writer() { close(std::exchange(all[1], -1)); }

  int all[2] = {-1, -1};
};

}  // namespace

engine_process::engine_process(const std::string& program, const std::vector<std::string>& flags,
                               const std::string& log_file, const std::string& wrapper)
    : log_file_(log_file), log_begin_(std::ofstream(log_file, std::ios::app | std::ios::ate).tellp()) {
  pipe_ends output;
  pipe_ends complaints;
  std::vector<std::string> words{program, "serve"};
  if (!wrapper.empty()) words.insert(words.begin(), wrapper);
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(arguments.data(), output.writer(), parent, complaints.writer());
  output.close_writer();
  complaints.close_writer();
  int fault = pid_ < 0 ? errno : 0;
  // The end that the child had closes when it has become the program.
  if (pid_ > 0 && read(complaints.reader(), &fault, sizeof fault) == sizeof fault) waitpid(pid_, nullptr, 0);
  if (fault != 0) throw std::runtime_error("cannot start " + program + ": " + std::strerror(fault));
  reader_ = std::thread([this, from = output.take_reader()] { read_output(from); });
}

engine_process::~engine_process() {
  using namespace std::chrono_literals;
  stop(10s);
  reader_.join();
}

std::string engine_process::output() const {
  std::ifstream log(log_file_, std::ios::binary);
  log.seekg(log_begin_);
  return {std::istreambuf_iterator<char>(log), {}};
}

void engine_process::read_output(int from) {
  std::ofstream log(log_file_, std::ios::app);
  std::string line;
  bool told = false;
  char block[4096];
  for (ssize_t size = 0; (size = read(from, block, sizeof block)) > 0;) {
    log.write(block, size).flush();
    line.append(block, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = line.find('\n')) != std::string::npos; line.erase(0, end + 1)) {
      auto text = std::string_view(line).substr(0, end);
      if (told || text.find("engine listening") == std::string_view::npos) continue;
      auto carrier = port_of(text, "carrier");
      auto admin = port_of(text, "admin");
      if (!carrier || !admin) continue;
      carrier_port_ = *carrier;
      admin_port_ = *admin;
      told = true;
      ready_.set_value(true);
    }
  }
  close(from);
  if (!told) ready_.set_value(false);
}

bool engine_process::wait_ready(std::chrono::seconds deadline) {
  return is_ready_.wait_for(deadline) == std::future_status::ready && is_ready_.get();
}

void engine_process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

int engine_process::stop(std::chrono::seconds deadline) {
  signal(SIGTERM);
  return wait_end(deadline);
}

int engine_process::wait_end(std::chrono::seconds deadline) {
  if (pid_ <= 0) return exit_code_;
  pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
  auto milliseconds = std::chrono::milliseconds(deadline).count();
  if (poll(&ended, 1, static_cast<int>(milliseconds)) != 1) signal(SIGKILL);
  close(ended.fd);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return exit_code_;
}

std::string engine_program() {
  char path[4096];
  auto size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) return "tandem";
  std::string_view self(path, static_cast<std::size_t>(size));
  return std::string(self.substr(0, self.rfind('/') + 1)) + "tandem";
}

}  // namespace tandem::lab
