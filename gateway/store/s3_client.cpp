#include "gateway/store/s3_client.hpp"

#include "actors/runtime/loop.hpp"
#include "gateway/network/web_address.hpp"
#include "gateway/signature.hpp"
#include "protocols/s3/answers.hpp"

#include <cstdint>
#include <ctime>
#include <future>
#include <map>
#include <utility>

namespace tandem {

namespace {

constexpr s3::digests digests{sha256, hmac_sha256};

/// `20130524T000000Z`.
std::string basic_time(std::chrono::system_clock::time_point at) {
  const auto seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[20];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace

std::string fault_of(const http_answer& answer) {
  if (answer.status / 100 == 2) return {};
  if (answer.status == 0) return answer.failure.empty() ? "no answer" : answer.failure;
  const auto code = s3::read_error_code(answer.body);
  return "status " + std::to_string(answer.status) + (code.empty() ? "" : " " + code);
}

/// What is on its way; on the loop's thread alone.
struct s3_client::wire : std::enable_shared_from_this<wire> {
  struct errand {
    std::unique_ptr<http_exchange> exchange;
    std::function<void(http_answer)> done;
  };

  wire(http_client& client, loop& at) : http(client), home(at) {}

  void begin(http_request what, std::function<void(http_answer)> done) {
    if (closed) return done({.failure = "closed"});
    const auto which = ++last;
    under_way[which].done = std::move(done);
    under_way[which].exchange =
        http.send(home, std::move(what), [self = shared_from_this(), which](http_answer answer) {
          auto over = self->under_way.extract(which);
          if (over) over.mapped().done(std::move(answer));
        });
  }

  void close() {
    closed = true;
    for (auto& [which, each] : std::exchange(under_way, {})) {
      each.exchange.reset();
      each.done({.failure = "closed"});
    }
  }

  http_client& http;
  loop& home;
  std::map<std::uint64_t, errand> under_way;
  std::uint64_t last = 0;
  bool closed = false;
};

s3_client::s3_client(s3_settings how, http_client& http, loop& home)
    : how_(std::move(how)), wire_(std::make_shared<wire>(http, home)) {}

s3_client::~s3_client() { close(); }

void s3_client::send(s3_request what, std::function<void(http_answer)> done) {
  wire_->home.post([wire = wire_, request = signed_by_us(std::move(what)), done = std::move(done)]() mutable {
    wire->begin(std::move(request), std::move(done));
  });
}

http_answer s3_client::ask(s3_request what) {
  auto promise = std::make_shared<std::promise<http_answer>>();
  auto answered = promise->get_future();
  send(std::move(what), [promise](http_answer answer) { promise->set_value(std::move(answer)); });
  return answered.get();
}

s3_client::poster s3_client::post() const {
  return [wire = wire_](std::function<void(bool)> call) {
    wire->home.post([wire, call = std::move(call)] { call(!wire->closed); });
  };
}

void s3_client::close() {
  std::promise<void> done;
  wire_->home.post([&, wire = wire_] {
    wire->close();
    done.set_value();
  });
  done.get_future().wait();
}

http_request s3_client::signed_by_us(s3_request what) const {
  s3::signed_request text{.method = what.method,
                          .path = "/" + how_.where.bucket + (what.key.empty() ? "" : "/") + what.key,
                          .query = std::move(what.query),
                          .headers = std::move(what.headers)};
  const auto address = parse_web_address(how_.endpoint);
  text.headers.emplace_back("host", address ? address->authority() : "");
  text.headers.emplace_back("x-amz-date", basic_time(std::chrono::system_clock::now()));
  text.headers.emplace_back("x-amz-content-sha256", s3::to_hex(sha256(what.body)));
  http_request request{.to = peer::store,
                       .method = what.method,
                       .url = how_.endpoint + s3::encoded_path(text.path),
                       .body = std::move(what.body),
                       .timeout = what.timeout,
                       .answer_bound = what.answer_bound};
  if (!text.query.empty()) request.url += "?" + s3::encoded_query(text.query);
  request.headers.emplace_back("Authorization", s3::authorization(text, how_.who, digests));
  for (auto& header : text.headers) {
    // The HTTP client says it itself.
    if (header.first != "host") request.headers.push_back(std::move(header));
  }
  return request;
}

}  // namespace tandem
