// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/tls.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "base/log.h"

namespace hotline::sip {
namespace {

constexpr size_t kPemBytesMax = 1 << 20;
constexpr int kSoon_days = 14;
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* thing) const {
    free(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Bio bio_of(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// A key with a password is refused here: nobody is there to type it.
int no_password(char*, int, int, void*) { return -1; }

Result<std::string> read_pem(const std::string& path, const char* key) {
  auto text = read_file(path, kPemBytesMax);
  if (!text) return Error{Errc::config, "[sip] " + std::string(key) + ": " + text.error().text};
  return text;
}

/// The contexts that OpenSSL has in this process, the newest last. Sofia shows nobody the one that it makes for a listener;
/// OpenSSL tells of each by the documented callbacks of its ex_data.
std::vector<SSL_CTX*> contexts;

void note_context(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) { contexts.push_back(static_cast<SSL_CTX*>(parent)); }

void forget_context(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  std::erase(contexts, static_cast<SSL_CTX*>(parent));
}

void watch_contexts() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, note_context, nullptr, forget_context);
  (void)index;
}

/// Sofia takes what OpenSSL takes by itself; this is what OpenSSL takes by itself in this process.
void demand_tls_1_2() {
  static constexpr char kText[] =
      "hotline = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = least\n[least]\nMinProtocol = TLSv1.2\n";
  OPENSSL_init_ssl(0, nullptr);
  Bio text(BIO_new_mem_buf(kText, -1));
  CONF* conf = NCONF_new(nullptr);
  if (conf && NCONF_load_bio(conf, text.get(), nullptr) > 0) CONF_modules_load(conf, "hotline", 0);
  NCONF_free(conf);
}

Result<void> check(const Config::Tls& tls, const std::string& chain, const std::string& key_text) {
  Certificate certificate(PEM_read_bio_X509(bio_of(chain).get(), nullptr, no_password, nullptr));
  if (!certificate) return Error{Errc::config, "[sip] tls_certificate: '" + tls.certificate + "' has no certificate in PEM"};
  Key key(PEM_read_bio_PrivateKey(bio_of(key_text).get(), nullptr, no_password, nullptr));
  if (!key)
    return Error{Errc::config, "[sip] tls_key: '" + tls.key + "' has no private key in PEM without a password"};
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return Error{Errc::config, "[sip] tls_key: '" + tls.key + "' is not the key of '" + tls.certificate + "'"};
  int days = 0, rest_s = 0;
  if (ASN1_TIME_diff(&days, &rest_s, nullptr, X509_get0_notAfter(certificate.get())) == 1 && days < kSoon_days)
    log_warning("sip.certificate days_left=" + std::to_string(days) + " text='" + tls.certificate +
                (days < 0 || rest_s < 0 ? "' has run out; telephones will not connect" : "' runs out soon") + "'");
  return {};
}

Result<std::string> authorities_of(const Config::Tls& tls) {
  if (!tls.authorities.empty()) {
    auto text = read_pem(tls.authorities, "tls_ca");
    if (!text) return text.error();
    if (!Certificate(PEM_read_bio_X509(bio_of(*text).get(), nullptr, no_password, nullptr)))
      return Error{Errc::config, "[sip] tls_ca: '" + tls.authorities + "' has no certificate in PEM"};
    return text;
  }
  auto text = read_file(kSystemAuthorities, 4 * kPemBytesMax);
  return text ? *text : std::string();
}

/// For our eyes alone, from its first octet on.
Result<void> write_secret(const std::string& path, const std::string& text) {
  std::string fresh = path + ".new";
  (void)::unlink(fresh.c_str());
  Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return errno_error("cannot write '" + fresh + "'", errno);
  if (auto written = write_all(fd.get(), text); !written) return written.error();
  if (::rename(fresh.c_str(), path.c_str()) != 0) return errno_error("cannot replace '" + path + "'", errno);
  return {};
}

/// The chain's further certificates are found by OpenSSL among the authorities when it is asked for them.
struct Laid {
  std::string agent, authorities;
};
Result<Laid> lay_out(const Config::Tls& tls) {
  auto chain = read_pem(tls.certificate, "tls_certificate"), key = read_pem(tls.key, "tls_key");
  if (!chain) return chain.error();
  if (!key) return key.error();
  if (auto good = check(tls, *chain, *key); !good) return good.error();
  auto authorities = authorities_of(tls);
  if (!authorities) return authorities.error();
  return Laid{*chain + "\n" + *key, *authorities + "\n" + *chain};
}

}  // namespace

Result<void> check_tls(const Config::Tls& tls) {
  auto laid = lay_out(tls);
  return laid ? Result<void>() : Result<void>(laid.error());
}

Result<void> prepare_tls(const Config::Tls& tls) {
  demand_tls_1_2();
  watch_contexts();
  auto laid = lay_out(tls);
  if (!laid) return laid.error();
  if (auto made = make_directories(tls.folder); !made) return made.error();
  if (::chmod(tls.folder.c_str(), 0700) != 0) return errno_error("cannot close '" + tls.folder + "' to others", errno);
  if (auto written = write_secret(tls.folder + "/agent.pem", laid->agent); !written) return written.error();
  return write_secret(tls.folder + "/cafile.pem", laid->authorities);
}

ssl_ctx_st* newest_tls_context() { return contexts.empty() ? nullptr : contexts.back(); }

Result<void> renew_tls(const Config::Tls& tls, ssl_ctx_st* context) {
  if (std::find(contexts.begin(), contexts.end(), context) == contexts.end())
    return Error{Errc::unavailable, "the TLS listener's context is not known: restart, or upgrade"};
  if (auto prepared = prepare_tls(tls); !prepared) return prepared.error();
  // What is open keeps what it was opened with: OpenSSL gives each connection a copy of its own.
  std::string path = tls.folder + "/agent.pem";
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
    return Error{Errc::config, "[sip] tls_certificate: OpenSSL does not take '" + tls.certificate + "'"};
  return {};
}

bool tls_changed(const Config::Tls& tls) {
  auto laid = lay_out(tls);
  auto agent = read_file(tls.folder + "/agent.pem", 4 * kPemBytesMax);
  return !laid || !agent || *agent != laid->agent;
}

}  // namespace hotline::sip
