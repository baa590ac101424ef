#include "actors/media/synthesis.hpp"

#include "actors/media/speech_spares.hpp"
#include "actors/runtime/loop.hpp"
#include "actors/runtime/services.hpp"
#include "protocols/audio/audio_format.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_deadline = 6s;
/// The least that one message may have, for each byte of a millisecond: some twenty seconds of speech and its
/// alignment. Providers send a few seconds at a time.
constexpr std::size_t least_message_bound = std::size_t{32} * 1024;
/// From text to its first audio, and from one audio message to the next while text is left.
constexpr auto audio_deadline = 2500ms;
/// So long a turn waits for a socket.
constexpr auto longest_outage = 7s;
/// So many turns in a row without a sound, as a rule a reply and the fallback for it, and the agent is mute.
constexpr unsigned most_silent_turns = 2;

std::vector<provider_route> routes_of(const call_settings& call, const services& shared) {
  const auto& format = spoken_format(call.carrier.codec);
  std::vector<provider_route> routes;
  for (const auto* each : providers_of(call.speech)) {
    auto where = each->protocol->open({.url = each->url,
                                       .api_key = each->api_key,
                                       .voice = each->voice,
                                       .model = each->model,
                                       .audio_format = format.name});
    link_request request;
    request.to = peer::speech;
    request.url = std::move(where.url);
    request.headers = std::move(where.headers);
    // One that is bigger costs its turn, as `lose_socket` says, and not the memory of other calls.
    request.message_bound = std::clamp(call.limits.buffer_bytes, format.bytes_per_ms() * least_message_bound,
                                       std::size_t{tts::max_message});
    request.write_bound = call.limits.buffer_bytes / 8;
    routes.push_back({std::move(request), &shared.breakers->of(peer::speech, each->url, each->api_key)});
  }
  return routes;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::size_t words(std::string_view text) {
  std::size_t count = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    count += !blank && !in_word;
    in_word = !blank;
  }
  return count;
}

}  // namespace

synthesis::synthesis(loop& home, const services& shared, const call_settings& settings, link_events& owner,
                     synthesis_events& events, const heard_ledger& text)
    : home_(home),
      spares_(shared.spares),
      events_(events),
      text_(text),
      samples_(spoken_format(settings.carrier.codec).sample_bytes),
      socket_(home, *shared.links, routes_of(settings, shared), connect_deadline, owner) {
  for (const auto* each : providers_of(settings.speech)) protocols_.push_back(each->protocol);
}

void synthesis::connect() {
  const auto provider = socket_.next_provider(now());
  const auto& route = socket_.routes()[provider];
  auto spare = spares_ == nullptr ? nullptr : spares_->take(home_, route.request, *route.breaker);
  spare ? socket_.adopt(std::move(spare), provider, now()) : socket_.want(now());
}

void synthesis::speak(std::uint32_t turn, bool last) {
  if (!turn_) turn_.emplace().turn = turn;
  turn_->last = turn_->last || last;
  give_text();
}

void synthesis::cancel() {
  if (contexts_.is_open()) contexts_.cancel(socket_.connection(), now());
  turn_.reset();
}

void synthesis::hold(bool held) {
  if (!socket_.is_usable()) return;
  held_ = held;
  socket_.connection().pause_reading(held);
  if (!held) contexts_.wait_anew(now());
}

void synthesis::opened() {
  contexts_.socket_opened(*protocols_[socket_.provider()], now());
  held_ = false;
  const auto how = socket_.became_usable(now());
  if (how.again || how.elsewhere) events_.provider_returned(socket_.provider(), how);
  give_text();
}

void synthesis::closed(const link_closed& how) {
  if (refused_for_good(how)) return refused(how.reason);
  if (how.http_status == 429) socket_.slow_down();
  lose_socket(how.reason);
}

void synthesis::received(std::span<char> text) {
  const auto message = protocols_[socket_.provider()]->decode(text);
  if (!message) return spdlog::debug("speech sent something else fault={}", json::to_string(message.error()));
  std::visit([this](const auto& each) { take(each); }, *message);
}

void synthesis::take(const tts::output& message) {
  const bool has_spoken = contexts_.has_spoken() || !message.audio.empty();
  if (!contexts_.take(socket_.connection(), message, now())) return;
  if (!message.audio.empty()) {
    turn_->arrived = true;
    silent_turns_ = 0;
    socket_.proved_good();
    events_.audio_arrived(samples_.take(message.audio), message.alignment);
  }
  // The server's word counts more than an alignment that may miss some.
  if (message.is_final) context_over(has_spoken);
}

void synthesis::take(const tts::error& message) {
  const auto why = std::string(message.code_text) + ": " + std::string(message.message);
  message.fatal ? refused(why) : lose_socket(why);
}

/// Bytes of text whose audio is there.
std::size_t synthesis::spoken_to() const { return std::max(turn_->settled, text_.received_text()); }

std::size_t synthesis::words_left() const { return words(text_.text().substr(spoken_to())); }

/// Whether all text has its audio, as far as alignments tell, which may miss the last word.
bool synthesis::may_be_all() const { return text_.received_text() == 0 || words_left() <= 1; }

bool synthesis::expects_audio() const {
  if (!contexts_.is_open() || held_) return false;
  return !contexts_.has_spoken() || turn_->last || !may_be_all();
}

/// Gives the provider what it has not been given, as soon as there is a socket with room.
void synthesis::give_text() {
  if (!turn_) return;
  if (!contexts_.is_open() && words_left() == 0) {
    if (turn_->last) finish();
    return;
  }
  if (!socket_.is_usable()) {
    if (!turn_->waiting_since) turn_->waiting_since = now();
    return socket_.want(now());
  }
  turn_->waiting_since.reset();
  auto& connection = socket_.connection();
  if (!contexts_.is_open()) {
    if (!contexts_.has_room(now())) return renew_socket();
    contexts_.open(connection, turn_->turn, now());
    samples_.restart();
    turn_->given = spoken_to();
  }
  const auto more = text_.text().substr(turn_->given);
  if (words(more) != 0) {
    contexts_.say(connection, more, now());
    if (turn_->first_given.at == moment{}) turn_->first_given = {now(), socket_.usable_since()};
    turn_->given = text_.text().size();
    events_.text_charged(characters(more));
  }
  if (turn_->last) contexts_.finish(connection, now());
}

/// The context ended, or gives no more audio; `spoken`, when all it was given has its audio.
void synthesis::context_over(bool spoken) {
  if (spoken) {
    if (contexts_.is_open()) contexts_.cancel(socket_.connection(), now());
    turn_->settled = turn_->given;
    turn_->settled_audio = text_.audio_bytes();
    return give_text();
  }
  if (!may_speak_again()) return fail("no audio for the text");
  spdlog::debug("a reply is spoken again on a fresh socket turn={}", turn_->turn);
  renew_socket();
}

void synthesis::renew_socket() {
  contexts_.socket_lost();
  turn_->waiting_since = now();
  socket_.renew(now());
}

/// Once a turn for each provider; not when audio came without saying for which words.
bool synthesis::may_speak_again() {
  if (turn_->again == socket_.routes().size() || (turn_->arrived && spoken_to() == 0)) return false;
  if (++turn_->again > 1) socket_.move_on();
  if (turn_->arrived) events_.word_repeated(turn_->settled_audio);
  return true;
}

void synthesis::lose_socket(std::string_view why) {
  socket_.lose(now());
  socket_lost(why);
}

void synthesis::refused(std::string_view why) {
  if (!socket_.refused(now())) return give_up(why);
  socket_lost(why);
  socket_.want(now());
}

void synthesis::socket_lost(std::string_view why) {
  const bool was_speaking = contexts_.is_open();
  contexts_.socket_lost();
  held_ = false;
  if (!turn_) return;
  if (was_speaking && words_left() != 0 && !may_speak_again()) return fail(why);
  give_text();
}

void synthesis::finish() {
  turn_.reset();
  events_.all_arrived();
}

void synthesis::fail(std::string_view why) {
  if (!turn_->arrived && ++silent_turns_ >= most_silent_turns) return give_up(why);
  fail_turn(why);
}

void synthesis::fail_turn(std::string_view why) {
  const std::string reason(why);
  cancel();
  events_.cannot_speak(reason);
}

void synthesis::give_up(std::string_view why) {
  contexts_.socket_lost();
  socket_.give_up();
  events_.provider_gone(why);
  if (turn_) fail_turn(why);
}

void synthesis::tick() {
  if (socket_.tick(now())) lose_socket("no connection in time");
  if (socket_.is_usable()) contexts_.tick(socket_.connection(), now());
  if (expects_audio() && now() >= contexts_.last_news() + audio_deadline) {
    context_over(contexts_.has_spoken() && may_be_all());
  }
  if (turn_ && turn_->waiting_since && now() >= *turn_->waiting_since + longest_outage) fail("no connection");
}

std::optional<moment> synthesis::wake_up() const {
  auto due = socket_.wake_up();
  const auto also = [&due](moment other) { due = std::min(due.value_or(other), other); };
  if (socket_.is_usable()) also(contexts_.wake_up());
  if (expects_audio()) also(contexts_.last_news() + audio_deadline);
  if (turn_ && turn_->waiting_since) also(*turn_->waiting_since + longest_outage);
  return due;
}

moment synthesis::now() const { return home_.now(); }

}  // namespace tandem
