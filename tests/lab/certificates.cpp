#include "tests/lab/certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tandem::lab {

namespace {

constexpr long day = 24 * 3600;

using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_pointer = std::unique_ptr<X509, decltype(&X509_free)>;
using file_pointer = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

key_pointer new_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    throw std::runtime_error("cannot extend the certificate");
  }
}

certificate_pointer new_certificate(EVP_PKEY* key, long serial, const std::string& name, int days) {
  certificate_pointer certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), (days - 1) * day);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

file_pointer open_file(const std::string& path) {
  file_pointer file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

void write_certificate(const std::string& path, X509* certificate) {
  PEM_write_X509(open_file(path).get(), certificate);
}

}  // namespace

struct private_authority::keys {
  key_pointer key = new_key();
  certificate_pointer certificate{nullptr, &X509_free};
};

private_authority::private_authority() : keys_(new keys) {
  std::string pattern = std::filesystem::temp_directory_path() / "tandem-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  folder_ = pattern;
  auto certificate = new_certificate(keys_->key.get(), 1, folder_.substr(folder_.size() - 6), 30);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate.get(), keys_->key.get(), EVP_sha256());
  write_certificate(file(), certificate.get());
  keys_->certificate = std::move(certificate);
}

private_authority::~private_authority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  delete keys_;
}

private_authority::files private_authority::issue(const std::string& names, int days) {
  const auto stem = folder_ + "/" + std::to_string(++issued_);
  files result{stem + ".pem", stem + ".key"};
  const auto key = new_key();
  auto certificate = new_certificate(key.get(), 1 + issued_, "tandem-lab", days);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(keys_->certificate.get()));
  extend(certificate.get(), keys_->certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), keys_->key.get(), EVP_sha256());
  write_certificate(result.certificate, certificate.get());
  PEM_write_PrivateKey(open_file(result.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return result;
}

trusted_authority::trusted_authority() { ::setenv("SSL_CERT_FILE", file().c_str(), 1); }

trusted_authority::~trusted_authority() { ::unsetenv("SSL_CERT_FILE"); }

}  // namespace tandem::lab
