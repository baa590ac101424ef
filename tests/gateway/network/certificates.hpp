#pragma once

#include <string>

namespace tandem::test {

/// An authority made for one test, and certificates signed by it; PEM files in a folder that goes with it.
class test_authority {
 public:
  test_authority();
  ~test_authority();
  test_authority(const test_authority&) = delete;
  test_authority& operator=(const test_authority&) = delete;

  /// Its own certificate, for clients that trust it.
  std::string file() const { return folder_ + "/ca.pem"; }

  struct files {
    std::string certificate;
    std::string key;
  };

  /// A certificate for a subject alternative name, as OpenSSL words it: "DNS:localhost,IP:127.0.0.1". It is
  /// valid for `days` days from yesterday.
  files issue(const std::string& names, int days = 30);

 private:
  struct keys;

  std::string folder_;
  keys* keys_;
  int issued_ = 0;
};

}  // namespace tandem::test
