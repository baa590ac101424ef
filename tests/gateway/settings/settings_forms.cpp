#include "gateway/settings/settings_forms.hpp"

#include "gateway/settings/settings.hpp"
#include "tests/gateway/temporary_file.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("an address to bind is numeric, or localhost, with a port") {
  CHECK(parse_listen("0.0.0.0:8080")->host == "0.0.0.0");
  CHECK(parse_listen("0.0.0.0:8080")->port == 8080);
  CHECK(parse_listen("[::1]:0")->host == "::1");
  CHECK(parse_listen("[::1]:0")->port == 0);
  CHECK(parse_listen("localhost:65535")->host == "127.0.0.1");
  for (const std::string_view text :
       {"", ":", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1: 1", "::1:80", "[::1]", "[::1:80", "[127.0.0.1]:80", "example.com:80", "256.0.0.1:80",
        "127.1:80", "127.0.0.1:80 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen(text).has_value());
  }
}

TEST_CASE("loopback is what only this machine reaches") {
  for (const std::string_view text : {"127.0.0.1:0", "127.9.9.9:0", "[::1]:0", "localhost:0"}) {
    CHECK(parse_listen(text)->loopback());
  }
  for (const std::string_view text : {"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "[fe80::1]:0"}) {
    CHECK_FALSE(parse_listen(text)->loopback());
  }
}

TEST_CASE("a base URL has a scheme, a host and no query") {
  for (const std::string_view text :
       {"https://api.telnyx.com/v2", "http://127.0.0.1:8081", "https://[::1]:1/a"}) {
    CAPTURE(text);
    CHECK(is_http_base(text));
    CHECK(is_http_url(text));
    CHECK_FALSE(is_socket_base(text));
  }
  for (const std::string_view text :
       {"api.telnyx.com", "https://", "https:///v2", "ftp://a", "HTTPS://a", "https://a b", "https://a\n",
        "https://a/{b}", "https://user@a", "https://a:0x1", "https://a:65536", "https://a#b", "wss://a",
        "https:/a"}) {
    CAPTURE(text);
    CHECK_FALSE(is_http_base(text));
    CHECK_FALSE(is_http_url(text));
  }
  CHECK(is_http_url("https://a/b?c=d"));
  CHECK_FALSE(is_http_base("https://a/b?c=d"));
  CHECK(is_socket_base("wss://a/b"));
  CHECK(is_socket_base("ws://a:1/b"));
}

TEST_CASE("only the public URL may name the node") {
  CHECK(is_public_url("https://voice.example.com"));
  CHECK(is_public_url("https://{node}.example.com/{node}"));
  CHECK_FALSE(is_public_url("https://{host}.example.com"));
  CHECK_FALSE(is_public_url("https://{node.example.com"));
  CHECK_FALSE(is_public_url("{node}"));
}

TEST_CASE("recordings go to a folder or to a place of a store like S3") {
  for (const std::string_view text : {"recordings", "/var/lib/tandem/recordings", "a b/ü", "s3://calls",
                                      "s3://my.bucket-2/tandem/recordings"})
    CHECK_MESSAGE(is_recordings_place(text), text);
  for (const std::string_view text : {"s3://", "s3://Calls", "s3://calls/../x", "s3://calls?x", "S3://calls",
                                      "https://s3.example.com/calls", "gs://calls", "\xff"})
    CHECK_MESSAGE(!is_recordings_place(text), text);
  CHECK(is_http_origin("https://s3.example.com:9000"));
  CHECK_FALSE(is_http_origin("https://s3.example.com/base"));
  CHECK_FALSE(is_http_origin("https://s3.example.com?x=1"));
  CHECK_FALSE(is_http_origin("s3.example.com"));
}

TEST_CASE("a store is SQLite or PostgreSQL") {
  for (const std::string_view text :
       {"sqlite:tandem.db", "sqlite:/var/lib/tandem/calls.db", "postgresql://host",
        "postgresql://u:p@host:5432/db?sslmode=require", "postgresql://[::1]:5432/db",
        "postgresql:///db?host=/run/postgresql"}) {
    CAPTURE(text);
    CHECK(is_store_url(text));
  }
  for (const std::string_view text :
       {"sqlite:", "tandem.db", "postgres://host", "postgresql://", "postgresql://host:0/db",
        "postgresql://u:p@/db", "postgresql://a b", "mysql://host"}) {
    CAPTURE(text);
    CHECK_FALSE(is_store_url(text));
  }
}

TEST_CASE("a secret has no blank and no control character") {
  CHECK(is_secret("KEY0123_abc.-~/+="));
  CHECK_FALSE(is_secret("two words"));
  CHECK_FALSE(is_secret("line\n"));
  CHECK_FALSE(is_secret("k\xc3\xa9y"));
  CHECK_FALSE(is_secret(std::string(4097, 'x')));
}

TEST_CASE("a text is UTF-8") {
  for (const std::string_view text :
       {"", "a\n\t", "ä", "€", "\xf0\x9f\x93\x9e", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_text(text));
  }
  for (const std::string_view text :
       {"\x80", "\xc3", "\xc3(", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xe2\x82", "\xf0\x9f\x93"}) {
    CHECK_FALSE(is_text(text));
  }
}

TEST_CASE("small forms") {
  CHECK(is_language("en"));
  CHECK(is_language("deu"));
  CHECK_FALSE(is_language("EN"));
  CHECK_FALSE(is_language("english"));
  CHECK(is_path_token("21m00Tcm4TlvDq8ikWAM-._~"));
  CHECK_FALSE(is_path_token("a/b"));
  CHECK_FALSE(is_path_token("a%20b"));
  CHECK(is_host_name("voice-1.voice_a"));
  CHECK_FALSE(is_host_name("a b"));
  CHECK_FALSE(is_host_name(std::string(254, 'a')));
  for (const auto* text : {"voice-1.voices", "10.0.0.4", "fd00::4"}) CHECK(is_node_host(text));
  for (const auto* text : {"0.0.0.0", "::", "[fd00::4]", "10.0.0.4:4000", "a b"})
    CHECK_FALSE(is_node_host(text));
  CHECK(is_ed25519_key("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  CHECK_FALSE(is_ed25519_key("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  CHECK_FALSE(is_ed25519_key("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  CHECK(is_word("openai/gpt-4o:free"));
  CHECK_FALSE(is_word("a b"));
}

TEST_CASE("a file is one that can be read") {
  const temporary_file file("x");
  CHECK(is_readable_file(file.path()));
  CHECK_FALSE(is_readable_file("/"));
  CHECK_FALSE(is_readable_file("/nowhere/file"));
  CHECK_FALSE(is_readable_file(file.path() + std::string(1, '\0')));
}
