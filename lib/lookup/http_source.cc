// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP, by libcurl's multi interface on our loop; the only file that knows curl. Each look-up has connections of its
// own, kept open for the next question.
#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>

#include "base/fd.h"
#include "base/text.h"
#include "lookup/host.h"
#include "lookup/source.h"
#include "lookup/template.h"
#include "wire/wire.h"

namespace hotline::lookup {

namespace {

constexpr size_t kHeaderBytesMax = 64 << 10;  // of an answer's
constexpr long kIdleConnectionsMax = 4;       // kept for the next question

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { require(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  auto* longer = curl_slist_append(list.get(), line.c_str());
  require(longer);
  (void)list.release();
  list.reset(longer);
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || !text) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// Takes the URL apart; values may stand in its path and query alone.
void read_url(conf::Table& table, Definition& into) {
  auto& http = into.http;
  http.url = table.needed("url");
  if (http.url.empty()) return;
  auto parsed = Template::parse(http.url, into.parameters);
  if (!parsed) return table.complain("url", parsed.error().text);
  start_curl();
  std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, parsed->sample("x").c_str(), CURLU_PATH_AS_IS) != CURLUE_OK)
    return table.complain("url", "it is no URL; \"http://HOST[:PORT]/PATH?name={parameter}\" is expected");
  if (!http.url.starts_with("http://") && !http.url.starts_with("https://"))
    return table.complain("url", "it begins with http:// or https://");
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty())
    table.complain("url", "names and passwords belong into a file: header_files = { Authorization = \"FILE\" }");
  if (http.url.find('#') != std::string::npos) table.complain("url", "a fragment (#…) is not sent to hosts");
  http.host = part_of(url.get(), CURLUPART_HOST);
  if (http.host.starts_with('[')) http.host = http.host.substr(1, http.host.size() - 2);
  http.port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  size_t host_end = http.url.find_first_of("/?", http.url.find("://") + 3);
  if (Template::parse(http.url.substr(0, host_end), into.parameters)->has_values())
    table.complain("url", "a parameter may stand in its path and query, not in its host");
}

bool is_header_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void read_headers(conf::Table& table, Definition& into) {
  auto headers = table.table("headers");
  for (auto& [name, value] : headers.named_strings()) {
    if (!is_header_name(name)) headers.complain(name, "it is no header's name");
    if (auto why = wrong_value(value); !why.empty()) headers.complain(name, "it " + why);
    if (auto parsed = Template::parse(value, into.parameters); !parsed) headers.complain(name, parsed.error().text);
    into.http.headers.emplace_back(name, value);
  }
  headers.close();
}

/// A secret stands alone in a file that nobody else may read.
void read_header_files(conf::Table& table, const conf::Instance& instance, Definition& into) {
  auto files = table.table("header_files");
  for (auto& [name, file] : files.named_strings()) {
    if (!is_header_name(name)) files.complain(name, "it is no header's name");
    std::string path = resolve_path(file, instance);
    struct stat mode {};
    auto text = read_file(path, kValueBytesMax + 1);
    if (!text || ::stat(path.c_str(), &mode) != 0) {
      files.complain(name, text ? "cannot look at '" + path + "'" : text.error().text);
      continue;
    }
    if ((mode.st_mode & 077) != 0) files.complain(name, "others may read '" + path + "'; chmod 600 it");
    std::string value(trim(*text));
    if (value.empty()) files.complain(name, "'" + path + "' is empty");
    if (auto why = wrong_value(value); !why.empty()) files.complain(name, "what is in '" + path + "' " + why);
    into.http.secret_headers.emplace_back(name, value);
  }
  files.close();
}

Encoding body_encoding(const HttpPart& http) {
  return http.body_encoding == "json"   ? Encoding::json
         : http.body_encoding == "form" ? Encoding::percent
                                        : Encoding::plain;
}

void read_body(conf::Table& table, Definition& into) {
  auto& http = into.http;
  http.body = table.string("body");
  http.method = table.choice("method", http.body.empty() ? "GET" : "POST", {"GET", "POST", "PUT"});
  http.body_encoding = table.choice("body_type", "json", {"json", "form", "text"});
  http.content_type = http.body_encoding == "json"   ? "application/json"
                      : http.body_encoding == "form" ? "application/x-www-form-urlencoded"
                                                     : "text/plain; charset=utf-8";
  if (http.body.empty()) return;
  if (http.method == "GET") table.complain("body", "a GET has none; method = \"POST\" has");
  if (http.body.size() > kAnswerBytesMax) table.complain("body", "it is longer than 64 KiB");
  auto parsed = Template::parse(http.body, into.parameters);
  if (!parsed) return table.complain("body", parsed.error().text);
  // Outside of quotes this sample is no JSON, within it is.
  if (http.body_encoding == "json" && !wire::parse(parsed->sample("x\\\"")))
    table.complain(
        "body",
        "it is no JSON, or a {parameter} stands outside of quotes; body_type = \"form\" or \"text\" is for others");
}

/// Dots alone would climb out of the folder, nothing at all would make two slashes of two.
std::string wrong_in_path(const Template& path, const Fields& values) {
  for (const auto& name : path.used())
    if (values.at(name).find_first_not_of('.') == std::string::npos) return "'" + name + "' may not stand in a path";
  return "";
}

Outcome failure_of(CURLcode code) {
  std::string text = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Outcome::failed(Reason::timeout, "no answer in time");
    case CURLE_COULDNT_CONNECT:
      return Outcome::failed(Reason::refused, text);
    case CURLE_COULDNT_RESOLVE_HOST:
      return Outcome::failed(Reason::unavailable, text);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return Outcome::failed(Reason::bad_answer, text);
    default:
      return Outcome::failed(Reason::failed, text);
  }
}

class HttpSource;

class HttpRun final : public Run {
 public:
  HttpRun(HttpSource& source, std::string url, Source::Done done)
      : easy(curl_easy_init()), url(std::move(url)), done(std::move(done)), source_(source) {
    require(easy);
  }
  ~HttpRun() override;
  void over(CURLcode code);

  std::unique_ptr<CURL, FreeEasy> easy;
  std::string url, body;
  List headers, resolved;
  Source::Done done;
  bool added = false, only_connects = false;

  static size_t take(char* octets, size_t, size_t count, void* context) {
    auto& run = *static_cast<HttpRun*>(context);
    if (run.answer_.size() + count > kAnswerBytesMax) return run.too_long();
    run.answer_.append(octets, count);
    return count;
  }
  static size_t take_header(char*, size_t, size_t count, void* context) {
    auto& run = *static_cast<HttpRun*>(context);
    run.header_bytes_ += count;
    return run.header_bytes_ > kHeaderBytesMax ? run.too_long() : count;
  }

 private:
  size_t too_long() {
    too_long_ = true;
    return 0;
  }
  Outcome outcome(CURLcode code) const;

  HttpSource& source_;
  std::string answer_;
  size_t header_bytes_ = 0;
  bool too_long_ = false;
};

class HttpSource final : public Source {
 public:
  HttpSource(Loop& loop, const Definition& definition)
      : http(definition.http),
        reader(AnswerReader::make(definition.answer).value()),
        loop_(loop),
        path_(template_of(http.url.substr(0, http.url.find('?')), definition)),
        url_(template_of(http.url, definition)),
        body_(template_of(http.body, definition)),
        reaper_(loop),
        host_(loop, reaper_, http.host, http.port) {
    start_curl();
    multi_ = curl_multi_init();
    require(multi_);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
    for (const auto& [name, value] : http.headers) headers_.emplace_back(name, template_of(value, definition));
  }
  ~HttpSource() override { curl_multi_cleanup(multi_); }

  std::unique_ptr<Run> ask(const Fields& parameters, microseconds left, Done done) override {
    auto request = fill(parameters, left, done);
    if (!request) {
      done(Outcome::failed(Reason::bad_parameter, request.error().text));
      return nullptr;
    }
    host_.when_asked(request->get(), [this, run = request->get()] { begin(*run); });
    return std::move(*request);
  }

  std::unique_ptr<Run> reach(microseconds left, Done done) override {
    auto run = make(url_.sample("x"), left, done);
    run->only_connects = true;
    curl_easy_setopt(run->easy.get(), CURLOPT_CONNECT_ONLY, 1L);
    host_.when_asked(run.get(), [this, run = run.get()] { begin(*run); });
    return run;
  }

  void end(HttpRun& run) {
    host_.forget(&run);
    if (std::exchange(run.added, false)) curl_multi_remove_handle(multi_, run.easy.get());
  }

  const HttpPart http;
  const AnswerReader reader;

 private:
  static Template template_of(const std::string& text, const Definition& definition) {
    return Template::parse(text, definition.parameters).value();
  }

  std::unique_ptr<HttpRun> make(const std::string& url, microseconds left, const Done& done) {
    auto run = std::make_unique<HttpRun>(*this, url, done);
    CURL* easy = run->easy.get();
    auto ms = static_cast<long>(std::max<int64_t>(1, left.count() / 1000));
    curl_easy_setopt(easy, CURLOPT_PRIVATE, run.get());
    curl_easy_setopt(easy, CURLOPT_URL, run->url.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // nothing of the environment
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, HttpRun::take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, run.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, HttpRun::take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, run.get());
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "hotline/" HOTLINE_VERSION);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, http.verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, http.verify ? 2L : 0L);
    if (!http.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, http.ca_file.c_str());
    return run;
  }

  /// `bad_data` for a value that cannot be sent.
  Result<std::unique_ptr<HttpRun>> fill(const Fields& parameters, microseconds left, const Done& done) {
    if (auto why = wrong_in_path(path_, parameters); !why.empty()) return Error{Errc::bad_data, why};
    auto run = make(*url_.fill(parameters, Encoding::percent), left, done);
    append(run->headers, "Accept: application/json, text/plain");
    append(run->headers, "Expect:");
    for (const auto& [name, value] : headers_) {
      auto filled = value.fill(parameters, Encoding::plain);
      if (!filled) return filled.error();
      append(run->headers, name + ": " + *filled);
    }
    for (const auto& [name, value] : http.secret_headers) append(run->headers, name + ": " + value);
    CURL* easy = run->easy.get();
    if (http.method != "GET") {
      auto body = body_.fill(parameters, body_encoding(http));
      if (!body) return body.error();
      run->body = *body;
      append(run->headers, "Content-Type: " + http.content_type);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, run->body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(run->body.size()));
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http.method.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, run->headers.get());
    return run;
  }

  /// curl's own resolver is a thread that must be waited for: it is given the address that we know.
  void begin(HttpRun& run) {
    const auto& address = host_.address();
    if (!address) {
      run.done(Outcome::failed(Reason::unavailable, "the address of '" + http.host + "' is not known"));
      return;
    }
    if (address->text != http.host) {
      append(run.resolved, "+" + http.host + ":" + http.port + ":" + address->text);
      curl_easy_setopt(run.easy.get(), CURLOPT_RESOLVE, run.resolved.get());
    }
    run.added = true;
    require(curl_multi_add_handle(multi_, run.easy.get()) == CURLM_OK);
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* context, void*) {
    auto& self = *static_cast<HttpSource*>(context);
    self.sockets_.erase(fd);
    if (what == CURL_POLL_REMOVE) return 0;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    self.sockets_[fd] = self.loop_.watch(fd, events, [&self, fd](uint32_t ready) {
      int bits = (ready & EPOLLIN ? CURL_CSELECT_IN : 0) | (ready & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                 (ready & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
      self.act(fd, bits);
    });
    return 0;
  }

  static int on_timer(CURLM*, long ms, void* context) {
    auto& self = *static_cast<HttpSource*>(context);
    self.timer_.cancel();
    if (ms >= 0) self.timer_ = self.loop_.after(milliseconds(ms), [&self] { self.act(CURL_SOCKET_TIMEOUT, 0); });
    return 0;
  }

  void act(curl_socket_t fd, int bits) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, bits, &running);
    int more = 0;
    while (auto* message = curl_multi_info_read(multi_, &more)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURLcode code = message->data.result;
      HttpRun* run = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &run);
      run->over(code);
    }
  }

  Loop& loop_;
  const Template path_, url_, body_;
  std::vector<std::pair<std::string, Template>> headers_;
  Reaper reaper_;
  Host host_;
  CURLM* multi_ = nullptr;
  std::map<curl_socket_t, Loop::Handle> sockets_;
  Loop::Handle timer_;
};

HttpRun::~HttpRun() { source_.end(*this); }

void HttpRun::over(CURLcode code) { done(outcome(code)); }

Outcome HttpRun::outcome(CURLcode code) const {
  if (too_long_) return Outcome::failed(Reason::bad_answer, "the answer is longer than 64 KiB");
  if (code != CURLE_OK) return failure_of(code);
  if (only_connects) {
    auto reached = Outcome::found({});
    reached.text = "takes connections";
    return reached;
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const auto& none = source_.http.none_statuses;
  if (std::find(none.begin(), none.end(), status) != none.end()) return Outcome::none();
  if (status >= 300 && status < 400)
    return Outcome::failed(Reason::bad_answer, "status " + std::to_string(status) + "; redirects are not followed");
  if (status < 200 || status > 299) return Outcome::failed(Reason::failed, "status " + std::to_string(status));
  return source_.reader.read(answer_);
}

}  // namespace

void read_http(conf::Table& table, const conf::Instance& instance, Definition& into) {
  auto& http = into.http;
  read_url(table, into);
  read_headers(table, into);
  read_header_files(table, instance, into);
  read_body(table, into);
  http.verify = table.boolean("verify", true);
  if (auto file = table.string("ca_file"); !file.empty()) {
    http.ca_file = resolve_path(file, instance);
    if (auto text = read_file(http.ca_file, 4 << 20); !text) table.complain("ca_file", text.error().text);
  }
  http.none_statuses = table.has("none") ? table.integers("none", 200, 599) : std::vector<int64_t>{404};
  into.answer.found_pointer = table.string("found");
  auto fields = table.table("fields");
  for (auto& [name, pointer] : fields.named_strings()) {
    into.answer.pointers[name] = pointer;
    if (std::find(into.results.begin(), into.results.end(), name) == into.results.end())
      fields.complain(name, "it is none of the results" + did_you_mean(name, into.results));
  }
  fields.close();
}

std::unique_ptr<Source> make_http_source(Loop& loop, const Definition& definition) {
  return std::make_unique<HttpSource>(loop, definition);
}

}  // namespace hotline::lookup
