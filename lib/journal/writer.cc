// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "journal/files.h"
#include "journal/journal.h"

namespace hotline::journal {

namespace {

constexpr milliseconds kSyncEvery(50);
constexpr size_t kWaitingBytesMax = 64u << 20;

/// Where a journal ends: what the next line has to continue.
struct End {
  std::string file, hash{kNoHash};
  int64_t number = 0;
};

/// Cuts a torn last line off, after having set it aside in <file>.torn.
Result<void> set_aside_torn(const std::string& file, int64_t whole_bytes) {
  auto data = read_file(file, SIZE_MAX);
  if (!data) return data.error();
  Fd torn(::open((file + ".torn").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!torn) return errno_error("cannot create '" + file + ".torn'", errno);
  if (auto put = write_all(torn.get(), data->substr(static_cast<size_t>(whole_bytes)) + "\n"); !put) return put;
  (void)::fsync(torn.get());
  Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), whole_bytes) != 0 || ::fsync(fd.get()) != 0)
    return errno_error("cannot cut the torn last line of '" + file + "'", errno);
  return {};
}

/// The end of one file: its last line, the last sound number (0: none) and how many damaged lines follow it.
struct Tail {
  std::string last;
  int64_t number = 0, damaged = 0;
};

/// Reads from `offset` on (from the first line that begins there or later). A torn last line is set aside and cut off.
Result<Tail> read_tail(const std::string& file, int64_t offset) {
  auto reader = LineReader::open(file, offset);
  if (!reader) return reader.error();
  Tail tail;
  std::string_view line;
  if (offset > 0) (void)reader->next(line);
  LineReader::Got got;
  while ((got = reader->next(line)) == LineReader::Got::line || got == LineReader::Got::too_long) {
    tail.last = std::string(line);
    ++tail.damaged;
    if (auto event = wire::decode_event(line)) tail.number = event->number, tail.damaged = 0;
  }
  if (got == LineReader::Got::torn)
    if (auto cut = set_aside_torn(file, reader->offset()); !cut) return cut.error();
  return tail;
}

/// A day may be long: its end is enough, unless no sound line is there.
Result<Tail> tail_of(const std::string& file) {
  static constexpr int64_t kTailBytes = 4 * static_cast<int64_t>(kLineBytesMax);
  auto reader = LineReader::open(file);
  if (!reader) return reader.error();
  if (int64_t size = reader->size(); size > kTailBytes) {
    auto tail = read_tail(file, size - kTailBytes);
    if (!tail || tail->number > 0) return tail;
  }
  return read_tail(file, 0);
}

/// A damaged line still counts as one: it most likely was an event whose number somebody has seen.
Result<End> find_end(const std::string& dir, const std::string& publisher) {
  End end;
  auto files = day_files(dir, publisher);
  if (!files.empty()) end.file = files.back();
  int64_t damaged = 0;
  for (; !files.empty(); files.pop_back()) {
    auto tail = tail_of(files.back());
    if (!tail) return tail.error();
    if (!tail->last.empty() && end.hash == kNoHash) end.hash = line_hash(tail->last);
    damaged += tail->damaged;
    if (tail->number == 0) continue;
    end.number = tail->number + damaged;
    return end;
  }
  if (damaged > 0) return Error{Errc::bad_data, "'" + end.file + "' holds no sound line; move it away to start anew"};
  return end;
}

class FileWriter : public Writer {
 public:
  FileWriter(std::string folder, std::string publisher, Fd lock, const End& end)
      : folder_(std::move(folder)),
        publisher_(std::move(publisher)),
        lock_(std::move(lock)),
        hash_(end.hash),
        number_(end.number),
        date_(end.file.empty() ? "" : date_of(end.file)) {
    thread_ = std::thread([this] { sync_in_groups(); });
  }

  ~FileWriter() override {
    {
      std::lock_guard guard(lock_state_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
    write_waiting();
    if (fd_) (void)::fdatasync(fd_.get());
  }

  std::string append(wire::Event& event) override {
    std::lock_guard guard(lock_state_);
    event.number = ++number_;
    event.from = publisher_;
    if (event.time == Utc{}) event.time = utc_now();
    if (event.fields.is_object())
      for (const char* key : {"n", "time", "from", "event", "call", "leg", "prev"}) event.fields.erase(key);
    std::string line = with_prev(wire::encode(event), hash_);
    if (line.size() > kLineBytesMax) {  // a bug of the daemon's; the chain and the number must not suffer
      event.fields = {{"oversize_bytes", line.size()}};
      line = with_prev(wire::encode(event), hash_);
    }
    hash_ = line_hash(line);
    // The clock may step back over midnight; files must stay in the order of their numbers.
    date_ = std::max(date_, utc_date(event.time));
    wait({date_, line + "\n", number_});
    write_waiting();
    return line;
  }

  int64_t last_number() const override {
    std::lock_guard guard(lock_state_);
    return number_;
  }

  int64_t synced_number() const override {
    std::lock_guard guard(lock_state_);
    return synced_;
  }

  size_t waiting_bytes() const override {
    std::lock_guard guard(lock_state_);
    return waiting_bytes_;
  }

  std::string trouble() const override {
    std::lock_guard guard(lock_state_);
    std::string text = cause_.empty() ? sync_cause_ : cause_;
    if (!waiting_.empty()) text += ": " + std::to_string(waiting_.size()) + " events wait in memory";
    if (lost_ > 0) text += (text.empty() ? "" : ", ") + std::to_string(lost_) + " events were lost";
    return text;
  }

 private:
  struct Waiting {
    std::string date, text;
    int64_t number;
  };

  void wait(Waiting line) {
    if (waiting_bytes_ + line.text.size() > kWaitingBytesMax) {
      ++lost_;  // the numbers and the chain will show the hole
      return;
    }
    waiting_bytes_ += line.text.size();
    waiting_.push_back(std::move(line));
  }

  /// Writes what waits, in order, until done or refused.
  void write_waiting() {
    while (!waiting_.empty()) {
      auto& first = waiting_.front();
      if (!open_day(first.date)) return;
      ssize_t put = ::write(fd_.get(), first.text.data(), first.text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        cause_ = errno_text(errno);
        return;
      }
      dirty_ = true;
      waiting_bytes_ -= static_cast<size_t>(put);
      first.text.erase(0, static_cast<size_t>(put));  // the rest of a line that was cut short waits at the front
      if (!first.text.empty()) continue;
      written_ = first.number;
      waiting_.pop_front();
    }
    cause_.clear();
    lost_ = 0;
  }

  bool open_day(const std::string& date) {
    if (fd_ && open_date_ == date) return true;
    Fd fd(::open((folder_ + "/" + date + ".jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (!fd) {
      cause_ = errno_text(errno);
      return false;
    }
    if (fd_) (void)::fdatasync(fd_.get());
    fd_ = std::move(fd);
    open_date_ = date;
    Fd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) (void)::fsync(folder.get());
    return true;
  }

  void sync_in_groups() {
    std::unique_lock guard(lock_state_);
    while (!ending_) {
      wake_.wait_for(guard, kSyncEvery, [this] { return ending_; });
      write_waiting();
      if (!std::exchange(dirty_, false) || !fd_) continue;
      Fd same(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
      int64_t written = written_;
      guard.unlock();  // a slow disk must not hold up append()
      int result = same ? ::fdatasync(same.get()) : -1;
      int cause = errno;
      guard.lock();
      sync_cause_ = result == 0 ? "" : "cannot sync: " + errno_text(cause);
      if (result == 0)
        synced_ = written;
      else
        dirty_ = true;
    }
  }

  std::string folder_, publisher_;
  Fd lock_;
  mutable std::mutex lock_state_;
  std::condition_variable wake_;
  std::thread thread_;
  std::string hash_;
  int64_t number_ = 0, written_ = 0, synced_ = 0, lost_ = 0;
  std::string date_, open_date_, cause_, sync_cause_;
  Fd fd_;
  std::deque<Waiting> waiting_;
  size_t waiting_bytes_ = 0;
  bool dirty_ = false, ending_ = false;
};

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(const std::string& dir, const std::string& publisher) {
  if (!wire::is_verb(publisher)) return Error{Errc::usage, "'" + publisher + "' is no publisher's name"};
  std::string folder = dir + "/" + publisher;
  if (auto made = make_directories(folder); !made) return made.error();
  auto lock = lock_file(folder + "/.lock");
  if (!lock) return lock.error();
  auto end = find_end(dir, publisher);
  if (!end) return end.error().within("cannot open journal '" + folder + "'");
  return std::unique_ptr<Writer>(std::make_unique<FileWriter>(folder, publisher, std::move(*lock), *end));
}

}  // namespace hotline::journal
