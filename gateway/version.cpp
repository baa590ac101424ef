#include "gateway/version.hpp"

#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <caf/config.hpp>
#include <openssl/crypto.h>
#include <rapidjson/rapidjson.h>
#include <spdlog/version.h>
#include <toml++/toml.h>

namespace tandem {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::string version_text() {
  const std::pair<const char*, std::string> rows[] = {
      {"tandem", built.version},
      {"commit", built.commit},
      {"build", std::string(built.type) + ", " + built.compiler},
      {"CAF", dotted(CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION)},
      {"Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
      {"RapidJSON", RAPIDJSON_VERSION_STRING},
      {"prometheus-cpp", built.prometheus},
      {"spdlog", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"CLI11", CLI11_VERSION},
      {"toml++", dotted(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
  };
  std::string text;
  for (const auto& [name, version] : rows) {
    text += name;
    text.append(16 - std::string_view(name).size(), ' ').append(version).append(1, '\n');
  }
  return text;
}

}  // namespace tandem
