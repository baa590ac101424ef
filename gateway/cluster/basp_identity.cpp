#include "gateway/cluster/basp_identity.hpp"

#include "gateway/signature.hpp"

#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/node_id.hpp>

namespace tandem {

namespace {

// CAF lets nobody set the identity. An explicit instantiation may name a private member.
struct identity_of {
  using member = caf::node_id caf::actor_system::*;
  friend member find(identity_of);
};

template <class Tag, typename Tag::member Member>
struct found {
  friend typename Tag::member find(Tag) { return Member; }
};

template struct found<identity_of, &caf::actor_system::node_>;

/// A part of the actor system, since only those come between its own identity and its first actor.
class identity final : public caf::actor_system::module {
 public:
  explicit identity(caf::actor_system& system) : system_(system) {}

  static module* make(caf::actor_system& system, caf::detail::type_list<>) { return new identity(system); }

  void init(caf::actor_system_config&) override {
    caf::node_id::default_data::host_id_type random{};
    fill_random(random);
    system_.*find(identity_of{}) = caf::make_node_id(static_cast<std::uint32_t>(getpid()), random);
  }

  void start() override {}
  void stop() override {}
  /// Nothing else of ours is in this place, which is initialised behind the one that speaks BASP.
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

 private:
  caf::actor_system& system_;
};

}  // namespace

void randomise_identity(caf::actor_system_config& config) { config.load<identity>(); }

}  // namespace tandem
