#pragma once

#include <string>

namespace tandem::lab {

/// An authority made for one run, and certificates signed by it; PEM files in a folder that goes with it.
class private_authority {
 public:
  private_authority();
  ~private_authority();
  private_authority(const private_authority&) = delete;
  private_authority& operator=(const private_authority&) = delete;

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

/// An authority whom this process trusts, and whatever it starts, as long as this lives.
class trusted_authority : public private_authority {
 public:
  trusted_authority();
  ~trusted_authority();
};

}  // namespace tandem::lab
