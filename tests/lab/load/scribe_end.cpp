#include "tests/lab/load/scribe_end.hpp"

#include "protocols/base64.hpp"
#include "tests/lab/load/providers.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto start_delay = 150ms;
/// Longer than what is left of the endpoint's silence, so that the engine's answer waits for nothing else.
constexpr auto commit_delay = 300ms;
/// A session that is so old has worked off what waited for it.
constexpr auto settled_age = 3s;
constexpr std::uint32_t frames_of_a_guess = 10;
constexpr std::uint32_t frames_per_second = 50;
constexpr int words_of_a_text = 5;

struct name {
  std::uint32_t call = 0;
  std::optional<std::uint32_t> turn;
};

std::optional<name> first_name(std::string_view text) {
  const auto* last = text.data() + text.size();
  for (std::size_t at = text.find('c'); at != text.npos; at = text.find('c', at + 1)) {
    std::uint32_t call = 0;
    const auto [end, error] = std::from_chars(text.data() + at + 1, last, call);
    if (error != std::errc{} || end == last || *end != 'n') continue;
    std::uint32_t turn = 0;
    const auto is_whole = std::from_chars(end + 1, last, turn).ec == std::errc{};
    return name{call, is_whole ? std::optional(turn) : std::nullopt};
  }
  return std::nullopt;
}

}  // namespace

std::string naming_text(std::uint32_t call, std::uint32_t turn) {
  const auto word = "c" + std::to_string(call) + "n" + std::to_string(turn);
  std::string out = word;
  for (int n = 1; n < words_of_a_text; ++n) out += " " + word;
  return out;
}

std::optional<std::uint32_t> named_call(std::string_view text) {
  const auto found = first_name(text);
  return found ? std::optional(found->call) : std::nullopt;
}

std::optional<std::uint32_t> named_turn(std::string_view text) {
  const auto found = first_name(text);
  return found ? found->turn : std::nullopt;
}

std::optional<scribe::audio_chunk> scan_chunk(std::string_view text) {
  constexpr std::string_view key = R"("audio_base_64":")";
  const auto at = text.find(key);
  if (at == text.npos) return std::nullopt;
  const auto begin = at + key.size();
  const auto end = text.find('"', begin);
  if (end == text.npos) return std::nullopt;
  scribe::audio_chunk chunk;
  chunk.audio_base64 = text.substr(begin, end - begin);
  constexpr std::string_view commit = R"("commit":true)";
  chunk.commit = text.substr(0, at).find(commit) != text.npos || text.substr(end).find(commit) != text.npos;
  return chunk;
}

scribe_end::scribe_end(provider_ward& ward, std::shared_ptr<link> client, std::string_view query,
                       std::function<void()> gone)
    : ward_(ward), client_(std::move(client)), gone_(std::move(gone)), opened_(ward.home.now()) {
  client_->start(*this);
  if (auto settings = scribe::parse_query(query)) settings_ = *settings;
  start_ = ward_.home.at(opened_ + start_delay, [this] {
    out_.clear();
    scribe::append_session_started(out_, "load", settings_, scribe::config_spelling::live);
    client_->send(out_);
  });
}

scribe_end::~scribe_end() {
  if (!call_) return;
  std::lock_guard guard(call_->mutex);
  --call_->open_scribe_sessions;
}

void scribe_end::on_text(std::span<char> text) {
  if (over_) return;
  auto chunk = scan_chunk({text.data(), text.size()});
  if (!chunk) {
    const auto parsed = scribe::decode_chunk(text);
    if (!parsed) return void(++ward_.figures.strangers);
    chunk = *parsed;
  }
  const auto* first = reinterpret_cast<const std::uint8_t*>(chunk->audio_base64.data());
  auto* in_place = reinterpret_cast<std::uint8_t*>(text.data()) +
                   (first - reinterpret_cast<const std::uint8_t*>(text.data()));
  const auto size = base64::decode(chunk->audio_base64, {in_place, chunk->audio_base64.size()});
  if (!size) return void(++ward_.figures.strangers);
  if (*size > 0) hear({in_place, *size});
  if (chunk->commit && !over_) commit();
}

/// Learns from the first tag which call this is; what came before it is silence that belongs to nobody.
bool scribe_end::recognise(std::span<const std::uint8_t> audio) {
  if (call_) return true;
  std::optional<frame_tag> tag;
  while (!tag && audio.size() >= tag_bytes) {
    tag = read_tag(audio);
    audio = audio.subspan(1);
  }
  if (tag) call_ = ward_.calls.find(tag->call);
  if (!call_) return false;
  std::lock_guard guard(call_->mutex);
  session_ = ++call_->scribe_sessions;
  ++call_->open_scribe_sessions;
  call_->is_greeted = !ward_.common_texts.empty();
  if (session_ == 1) return true;
  call_->upstream.reconnected();
  if (tag->number > call_->committed && !call_->guessed)
    call_->not_replayed += call_->spoken.between(call_->committed, tag->number);
  return true;
}

void scribe_end::hear(std::span<const std::uint8_t> audio) {
  if (!recognise(audio)) return void(++ward_.figures.strangers);
  std::optional<frame_tag> newest;
  {
    std::lock_guard guard(call_->mutex);
    // A session that was given up may have been stalled with audio that it reads only now.
    if (!is_newest()) return;
    call_->upstream.take(audio, [&](const frame_tag& tag, bool fresh) {
      if (fresh) newest = tag;
      note(tag);
    });
  }
  if (newest && ward_.measuring && ward_.home.now() - opened_ >= settled_age)
    ward_.figures.delay.add(load_time_between(newest->sent, load_clock()));
  ++chunks_;
  suffer();
  if (over_) return;
  guess();
  const auto pause = settings_.vad_silence_threshold_secs.value_or(1.5) * frames_per_second;
  if (settings_.commit == scribe::commit_strategy::vad && voice_ && silent_ >= pause) commit();
}

void scribe_end::note(const frame_tag& tag) {
  if (tag.sound == sound_book::silence) {
    ++silent_;
  } else {
    voice_ = true;
    ++voiced_;
    silent_ = 0;
  }
}

/// How many voiced frames there are to be before the next guess.
std::uint32_t scribe_end::next_guess() const {
  const auto how = call_->plan.interrupts;
  if (guessed_at_ != 0 || how == interruption::voice) return guessed_at_ + frames_per_second;
  return how == interruption::none ? frames_of_a_guess : 1;
}

void scribe_end::guess() {
  if (!voice_ || voiced_ < next_guess()) return;
  guessed_at_ = voiced_;
  if (!mute_) {
    std::lock_guard guard(call_->mutex);
    if (is_newest()) call_->guessed = true;
    call_->last_words = std::chrono::steady_clock::now();
    if (!call_->told_words) call_->told_words = call_->last_words;
  }
  send(scribe::partial{.text = naming_text(call_->plan.number, call_->transcripts)});
}

void scribe_end::commit() {
  if (!call_) return;
  answer next{ward_.home.now() + commit_delay, {}, 0};
  {
    std::lock_guard guard(call_->mutex);
    next.end = call_->upstream.next();
    if (voice_) next.text = naming_text(call_->plan.number, call_->transcripts++);
  }
  voice_ = false;
  voiced_ = guessed_at_ = 0;
  answers_.push_back(std::move(next));
  if (answers_.size() == 1) answering_ = ward_.home.at(answers_.front().due, [this] { answer_due(); });
}

void scribe_end::answer_due() {
  while (!over_ && !answers_.empty() && answers_.front().due <= ward_.home.now()) {
    const auto next = std::move(answers_.front());
    answers_.pop_front();
    if (!mute_) {
      std::lock_guard guard(call_->mutex);
      if (is_newest()) {
        call_->committed = next.end;
        call_->guessed = false;
        if (!next.text.empty()) {
          call_->transcript_sent = ward_.home.now();
          call_->last_words = std::chrono::steady_clock::now();
          call_->is_owed = true;
        }
      }
    }
    send(scribe::committed{.text = next.text});
  }
  if (!over_ && !answers_.empty()) answering_ = ward_.home.at(answers_.front().due, [this] { answer_due(); });
}

/// The fault that was planned for the call, once, when it is due.
void scribe_end::suffer() {
  const auto& plan = call_->plan;
  if (plan.scribe == provider_fault::none || chunks_ < plan.scribe_at) return;
  {
    std::lock_guard guard(call_->mutex);
    if (std::exchange(call_->scribe_failed, true)) return;
  }
  switch (plan.scribe) {
    case provider_fault::none:
      break;
    case provider_fault::drop:
      fail();
      break;
    case provider_fault::close:
      over_ = true;
      client_->close(std::array<std::uint16_t, 3>{1000, 1008, 1011}[plan.seed % 3], "chaos");
      break;
    case provider_fault::error: {
      constexpr std::array types{scribe::error_type::error,
                                 scribe::error_type::rate_limited,
                                 scribe::error_type::queue_overflow,
                                 scribe::error_type::transcriber_error,
                                 scribe::error_type::resource_exhausted,
                                 scribe::error_type::session_time_limit_exceeded};
      send(scribe::error{.type = types[plan.seed % types.size()], .raw_type = {}, .text = "chaos"});
      over_ = true;
      client_->close(1000, "");
      break;
    }
    case provider_fault::stall:
      client_->pause_reading(true);
      mute_ = true;
      stalled_ = ward_.home.at(ward_.home.now() + std::chrono::milliseconds(500 + plan.seed % 5000), [this] {
        mute_ = false;
        client_->pause_reading(false);
      });
      break;
    case provider_fault::silence:
      mute_ = true;
      break;
    case provider_fault::garbage:
      for (const auto* text :
           {"{", "[]", "null", R"({"message_type":7})", R"({"message_type":"partial_transcript"})",
            R"({"message_type":"committed_transcript","text":{}})"})
        client_->send(text);
      client_->send(std::string(100'000, '['));
      break;
  }
}

void scribe_end::fail() {
  over_ = true;
  gone_();
}

void scribe_end::send(const scribe::server_message& message) {
  if (mute_ || over_) return;
  out_.clear();
  scribe::append_message(out_, message);
  client_->send(out_);
}

void scribe_end::on_closed(const link_closed&) {
  if (call_) {
    std::lock_guard guard(call_->mutex);
    if (is_newest()) call_->upstream.finish();
  }
  over_ = true;
  gone_();
}

}  // namespace tandem::lab
