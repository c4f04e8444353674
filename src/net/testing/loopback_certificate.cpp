#include "net/testing/loopback_certificate.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace picus::net {

namespace {

using Deleter = LoopbackCertificate::Deleter;
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using Certificate = std::unique_ptr<X509, Deleter>;

void extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(EVP_PKEY* key, const char* name, long serial, long seconds_left) {
  constexpr long kVersion3 = 2;
  constexpr long kDay = 24L * 3600;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds_left);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return certificate;
}

Certificate make_authority(EVP_PKEY* key) {
  constexpr long kHour = 3600;
  Certificate authority = make(key, "an authority", 1, kHour);
  X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get()));
  extend(authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(authority.get(), NID_key_usage, "critical,keyCertSign");
  X509_sign(authority.get(), key, EVP_sha256());
  return authority;
}

/// A new file, or one that is empty then, for its owner only.
std::FILE* open_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::FILE* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) throw std::runtime_error("no file " + path.string());
  return file;
}

void write_certificate(const std::filesystem::path& path, X509* certificate) {
  std::FILE* file = open_file(path);
  PEM_write_X509(file, certificate);
  std::fclose(file);
}

std::filesystem::path write_to_file(X509* certificate) {
  std::string path = (std::filesystem::temp_directory_path() / "picus-ca-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  ::close(descriptor);
  write_certificate(path, certificate);
  return path;
}

}  // namespace

void Deleter::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void Deleter::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void Deleter::operator()(SSL* stream) const { SSL_free(stream); }
void Deleter::operator()(X509* certificate) const { X509_free(certificate); }

LoopbackCertificate::LoopbackCertificate(const Wanted& wanted)
    : context_(SSL_CTX_new(TLS_server_method())) {
  const Key authority_key(EVP_EC_gen("P-256"));
  const Certificate authority = make_authority(authority_key.get());
  authority_ = write_to_file(authority.get());

  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = make(key.get(), wanted.common_name, 2, wanted.seconds_left);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get()));
  if (!wanted.names.empty()) extend(certificate.get(), NID_subject_alt_name, wanted.names);
  X509_sign(certificate.get(), authority_key.get(), EVP_sha256());
  SSL_CTX_use_certificate(context_.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), key.get());
}

void LoopbackCertificate::write(const std::filesystem::path& certificate,
                                const std::filesystem::path& key) const {
  write_certificate(certificate, SSL_CTX_get0_certificate(context_.get()));
  std::FILE* file = open_file(key);
  PEM_write_PrivateKey(file, SSL_CTX_get0_privatekey(context_.get()), nullptr, nullptr, 0, nullptr,
                       nullptr);
  std::fclose(file);
}

LoopbackCertificate::~LoopbackCertificate() {
  std::error_code ignored;
  std::filesystem::remove(authority_, ignored);
}

}  // namespace picus::net
