// SPDX-License-Identifier: GPL-2.0-or-later
// A line to a host and a line, or more, back: TCP, and UDP with one repetition.
//
//     waits for the address ──► connects ──► sends ──► reads ──► done
#include <sys/socket.h>
#include <unistd.h>

#include "lookup/host.h"
#include "lookup/source.h"
#include "lookup/template.h"

namespace hotline::lookup {

namespace {

Outcome refused(int error) {
  return Outcome::failed(error == ECONNREFUSED ? Reason::refused : Reason::unavailable,
                         "cannot reach the host: " + errno_text(error));
}

class SocketSource;

class SocketRun final : public Run {
 public:
  SocketRun(SocketSource& source, std::string request, microseconds left, Source::Done done)
      : source_(source), request_(std::move(request)), left_(left), done_(std::move(done)) {}
  ~SocketRun() override;
  void begin();

 private:
  void connected();
  void send();
  void readable();
  /// Where the answer ends in what has come; npos: not yet.
  size_t end_of_answer() const;
  void finish(const Outcome& outcome);
  void read_whole(size_t size);

  SocketSource& source_;
  std::string request_;
  microseconds left_;
  Source::Done done_;
  Fd fd_;
  size_t sent_ = 0;
  std::string answer_;
  Loop::Handle watch_, again_;
};

class SocketSource final : public Source {
 public:
  SocketSource(Loop& loop, const Definition& definition, int type)
      : loop(loop),
        line(definition.line),
        type(type),
        reader(AnswerReader::make(definition.answer).value()),
        template_(Template::parse(line.send, definition.parameters).value()),
        reaper_(loop),
        host(loop, reaper_, line.host, line.port) {}

  std::unique_ptr<Run> ask(const Fields& parameters, microseconds left, Done done) override {
    auto request = template_.fill(parameters, line.encoding == "percent" ? Encoding::percent : Encoding::plain);
    if (!request) {
      done(Outcome::failed(Reason::bad_parameter, request.error().text));
      return nullptr;
    }
    auto run = std::make_unique<SocketRun>(*this, std::move(*request), left, std::move(done));
    host.when_asked(run.get(), [run = run.get()] { run->begin(); });
    return run;
  }

  /// An empty request: connects and sends nothing.
  std::unique_ptr<Run> reach(microseconds left, Done done) override {
    auto run = std::make_unique<SocketRun>(*this, "", left, std::move(done));
    host.when_asked(run.get(), [run = run.get()] { run->begin(); });
    return run;
  }

  Loop& loop;
  const LinePart line;
  const int type;
  const AnswerReader reader;

 private:
  const Template template_;
  Reaper reaper_;

 public:
  Host host;
};

SocketRun::~SocketRun() { source_.host.forget(this); }

void SocketRun::begin() {
  const auto& address = source_.host.address();
  if (!address)
    return finish(Outcome::failed(Reason::unavailable, "the address of '" + source_.host.name() + "' is not known"));
  fd_ = Fd(::socket(address->storage.ss_family, source_.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return finish(refused(errno));
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) != 0 &&
      errno != EINPROGRESS)
    return finish(refused(errno));
  watch_ = source_.loop.watch(fd_.get(), EPOLLOUT, [this](uint32_t) { connected(); });
}

void SocketRun::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  if (sent_ == 0 && ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0)
    return finish(refused(error));
  if (request_.empty()) {
    auto outcome = Outcome::found({});
    outcome.text = source_.type == SOCK_STREAM ? "takes connections" : "its address is known";
    return finish(outcome);
  }
  send();
}

void SocketRun::send() {
  while (sent_ < request_.size()) {
    ssize_t got = ::send(fd_.get(), request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return finish(refused(errno));
    sent_ += static_cast<size_t>(got);
  }
  watch_.cancel();
  watch_ = source_.loop.watch(fd_.get(), EPOLLIN, [this](uint32_t) { readable(); });
  if (source_.type == SOCK_DGRAM && !again_)
    again_ = source_.loop.after(left_ / 2, [this] {
      // What is wrong with it shows where we read.
      (void)!::send(fd_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    });
}

void SocketRun::readable() {
  char chunk[kAnswerBytesMax];
  ssize_t got = ::recv(fd_.get(), chunk, sizeof chunk, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return finish(refused(errno));
  answer_.append(chunk, static_cast<size_t>(got));
  if (got == 0 && answer_.empty() && source_.type == SOCK_STREAM)
    return finish(Outcome::failed(Reason::bad_answer, "the host hung up without an answer"));
  size_t end = end_of_answer();
  if (end == 0 && source_.line.ends == LinePart::Ends::empty_line) return finish(Outcome::none());
  if (source_.type == SOCK_DGRAM || got == 0) return read_whole(answer_.size());
  if (end != std::string::npos) return read_whole(end);
  if (answer_.size() > kAnswerBytesMax) finish(Outcome::failed(Reason::bad_answer, "the answer is longer than 64 KiB"));
}

size_t SocketRun::end_of_answer() const {
  switch (source_.line.ends) {
    case LinePart::Ends::line:
      return answer_.find('\n');
    case LinePart::Ends::empty_line: {
      if (answer_.starts_with("\n") || answer_.starts_with("\r\n")) return 0;
      size_t end = std::min(answer_.find("\n\n"), answer_.find("\n\r\n"));
      return end == std::string::npos ? end : end + 1;
    }
    case LinePart::Ends::close:
      break;
  }
  return std::string::npos;
}

void SocketRun::read_whole(size_t size) {
  answer_.resize(size);
  while (answer_.ends_with('\r') || answer_.ends_with('\n')) answer_.pop_back();
  finish(source_.reader.read(answer_));
}

void SocketRun::finish(const Outcome& outcome) {
  watch_.cancel();
  again_.cancel();
  fd_.reset();
  done_(outcome);
}

}  // namespace

std::unique_ptr<Source> make_tcp_source(Loop& loop, const Definition& definition) {
  return std::make_unique<SocketSource>(loop, definition, SOCK_STREAM);
}

std::unique_ptr<Source> make_udp_source(Loop& loop, const Definition& definition) {
  return std::make_unique<SocketSource>(loop, definition, SOCK_DGRAM);
}

}  // namespace hotline::lookup
