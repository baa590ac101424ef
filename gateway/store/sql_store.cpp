#include "gateway/store/sql_store.hpp"

#include "actors/runtime/metrics.hpp"
#include "gateway/store/change_queue.hpp"
#include "gateway/store/leases.hpp"
#include "gateway/store/store_readers.hpp"
#include "gateway/store/store_writer.hpp"

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

class sql_store::state {
 public:
  state(const store_settings& wanted, metrics& families)
      : how(wanted),
        measure(families),
        maker(how.numbers, how.words, how.key, how.node),
        queue(how.queue_bound),
        guard(how.patience) {}

  ~state() {
    lease_keepers.reset();
    readers.reset();
    queue.close();
    writer.reset();
  }

  /// Asks for rows, and answers with what they say.
  template <class Kind, class Read>
  void ask(Read read, campaign_store::answer_to<Kind> answer) {
    auto found = std::make_shared<std::vector<Kind>>();
    readers->ask({
        [this, found, read = std::move(read)](database& base) {
          found->clear();
          for (auto& row : read(base)) found->push_back(maker.read(std::move(row)));
        },
        [found, answer = std::move(answer)](bool was_read) {
          answer(was_read ? std::optional(std::move(*found)) : std::nullopt);
        },
    });
  }

  /// Lets the database do what a lease's request says, and answers with what came of it.
  template <class Answer, class Work>
  void ask_lease(store_readers& by, Work work, lease_store::answer_to<Answer> answer) {
    // Other nodes do not see an SQLite database.
    if (how.url.starts_with("sqlite:")) return answer(std::nullopt);
    auto result = std::make_shared<std::optional<Answer>>();
    by.ask({
        [result, work = std::move(work)](database& base) {
          base.run([&](soci::session& sql) { *result = work(sql); });
        },
        [result, answer = std::move(answer)](bool done) { answer(done ? std::move(*result) : std::nullopt); },
    });
  }

  const store_settings how;
  /// As many connections as one request that stands still and the next one need.
  const store_settings lease_how = [this] {
    auto out = how;
    out.pool = 3;
    return out;
  }();
  metrics& measure;
  store_listeners listeners;
  const row_maker maker;
  change_queue queue;
  watchdog guard;
  std::optional<store_writer> writer;
  std::optional<store_readers> readers;
  /// A node's own requests, which nothing may delay, not even how long the writer waits for a store.
  std::optional<store_readers> lease_keepers;
};

sql_store::sql_store(const store_settings& how, metrics& measure)
    : state_(std::make_unique<state>(how, measure)) {}

sql_store::~sql_store() = default;

void sql_store::start(store_listeners listeners) {
  state_->listeners = std::move(listeners);
  state_->writer.emplace(state_->how, state_->maker, state_->queue, state_->guard, state_->measure,
                         state_->listeners);
  state_->readers.emplace(state_->how, *state_->writer, state_->guard, state_->measure);
  state_->lease_keepers.emplace(state_->lease_how, *state_->writer, state_->guard, state_->measure, true);
}

bool sql_store::inherits_journal() const { return state_->writer->inherits_journal(); }

void sql_store::write(store_change change, std::function<void(bool)> kept) {
  if (state_->queue.push(std::move(change), kept)) return;
  state_->measure.store_records_lost_total->Increment();
  spdlog::error("store lost a record: neither database nor journal takes any, and the queue is full");
  if (kept) kept(false);
}

void sql_store::list(stored_calls query,
                     std::function<void(std::optional<std::vector<call_record>>)> answer) {
  state_->ask<call_record>(
      [query = std::move(query)](database& base) {
        return base.list(query.state, query.limit, query.before, query.skip);
      },
      std::move(answer));
}

void sql_store::find(std::string id, std::function<void(std::optional<std::vector<stored_call>>)> answer) {
  auto found = std::make_shared<std::vector<stored_call>>();
  state_->readers->ask({
      [id = std::move(id), found, &maker = state_->maker](database& base) {
        found->clear();
        for (auto& row : base.find(id)) {
          stored_call one{.call = maker.read(std::move(row)), .turns = {}, .events = {}};
          for (auto& turn : base.turns(id)) one.turns.push_back(maker.read(std::move(turn)));
          for (auto& event : base.events(id)) one.events.push_back(maker.read(std::move(event)));
          found->push_back(std::move(one));
        }
      },
      [found, answer = std::move(answer)](bool read) {
        answer(read ? std::optional(std::move(*found)) : std::nullopt);
      },
  });
}

void sql_store::read_campaigns(stored_campaigns query,
                               campaign_store::answer_to<campaigns::campaign_record> answer) {
  state_->ask<campaigns::campaign_record>(
      [query = std::move(query), node = state_->how.node](database& base) {
        if (!query.id.empty()) return base.campaign(query.id);
        return query.open ? base.open_campaigns(node) : base.campaigns(query.limit, query.before);
      },
      std::move(answer));
}

void sql_store::read_entries(stored_entries query, campaign_store::answer_to<campaigns::entry> answer) {
  state_->ask<campaigns::entry>(
      [query = std::move(query)](database& base) {
        return base.entries(query.campaign_id, query.state, query.limit, query.after);
      },
      std::move(answer));
}

void sql_store::read_barred(std::size_t limit, wall_time since,
                            campaign_store::answer_to<campaigns::barred_number> answer) {
  state_->ask<campaigns::barred_number>([limit, since](database& base) { return base.barred(limit, since); },
                                        std::move(answer));
}

void sql_store::read_deliveries(std::size_t limit, campaign_store::answer_to<delivery> answer) {
  state_->ask<delivery>(
      [limit, node = state_->how.node](database& base) { return base.deliveries(node, limit); },
      std::move(answer));
}

void sql_store::ask(leases::join request, lease_store::answer_to<leases::standing> answer) {
  state_->ask_lease<leases::standing>(
      *state_->lease_keepers,
      [request = std::move(request)](soci::session& sql) { return run(sql, request); }, std::move(answer));
}

void sql_store::ask(leases::renew request, lease_store::answer_to<leases::standing> answer) {
  state_->ask_lease<leases::standing>(
      *state_->lease_keepers,
      [request = std::move(request)](soci::session& sql) { return run(sql, request); }, std::move(answer));
}

void sql_store::ask(leases::fence request, lease_store::answer_to<bool> answer) {
  state_->ask_lease<bool>(
      *state_->lease_keepers,
      [request = std::move(request)](soci::session& sql) { return run(sql, request); }, std::move(answer));
}

void sql_store::ask(leases::leave request, lease_store::answer_to<bool> answer) {
  state_->ask_lease<bool>(
      *state_->lease_keepers,
      [request = std::move(request)](soci::session& sql) { return run(sql, request); }, std::move(answer));
}

void sql_store::ask(leases::adopt request, lease_store::answer_to<leases::adoption> answer) {
  state_->ask_lease<leases::adoption>(
      *state_->lease_keepers,
      [request = std::move(request), &maker = state_->maker](soci::session& sql) {
        return run(sql, request, maker);
      },
      std::move(answer));
}

void sql_store::ask(leases::claim request, lease_store::answer_to<found_lease> answer) {
  state_->ask_lease<found_lease>(
      *state_->readers,
      [request = std::move(request), &maker = state_->maker](soci::session& sql) {
        return run(sql, request, maker);
      },
      std::move(answer));
}

void sql_store::ask(leases::take request, lease_store::answer_to<found_lease> answer) {
  state_->ask_lease<found_lease>(
      *state_->readers,
      [request = std::move(request), &maker = state_->maker](soci::session& sql) {
        return run(sql, request, maker);
      },
      std::move(answer));
}

void sql_store::ask(leases::find_lease request, lease_store::answer_to<found_lease> answer) {
  state_->ask_lease<found_lease>(
      *state_->readers,
      [request = std::move(request), &maker = state_->maker](soci::session& sql) {
        return run(sql, request, maker);
      },
      std::move(answer));
}

void sql_store::ask(leases::keep_ledger request, lease_store::answer_to<bool> answer) {
  state_->ask_lease<bool>(
      *state_->readers,
      [request = std::move(request), &maker = state_->maker](soci::session& sql) {
        return run(sql, request, maker);
      },
      std::move(answer));
}

void sql_store::ask(leases::release request, lease_store::answer_to<bool> answer) {
  state_->ask_lease<bool>(
      *state_->readers, [request = std::move(request)](soci::session& sql) { return run(sql, request); },
      std::move(answer));
}

}  // namespace tandem
