#pragma once

#include "tinyres/plan/plan.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a pass over the network writes to, laid out as the plan says: one block of memory for activations, gradients of
/// activations, what forward keeps for backward, and scratch. Move-only, and used by one pass at a time.
template <class Plan, class Backend>
class Workspace {
public:
    using Map = typename Plan::Map;

    Workspace() = default;

    /// Memory for passes over up to `images` images at once.
    Workspace(const Backend& backend, const Map& map, int images)
        : map_(&map),
          images_(images),
          memory_(backend.template allocate<std::byte>(map.bytes(images, backend.threads()))) {}

    int images() const { return images_; }
    std::size_t bytes() const { return memory_.size(); }

    std::byte* value(int index) { return at(map_->value, index); }
    /// The gradient of a value; null if nobody wants it.
    std::byte* gradient(int index) { return gradient_at(Plan::flow.value[static_cast<std::size_t>(index)]); }
    /// The one at this place of the plan's flow of gradients; null for none.
    std::byte* gradient_at(int place) { return place < 0 ? nullptr : at(map_->gradient, place); }
    template <int Index>
    typename Plan::template Value<Index>* value() {
        return reinterpret_cast<typename Plan::template Value<Index>*>(value(Index));
    }
    template <int Index>
    typename Plan::template Value<Index>* gradient() {
        return reinterpret_cast<typename Plan::template Value<Index>*>(gradient(Index));
    }
    std::byte* saved(int step) { return at(map_->saved, step); }
    std::byte* forward_scratch(int step) { return at(map_->forward_scratch, step); }
    std::byte* backward_scratch(int step) { return at(map_->backward_scratch, step); }
    std::byte* saved_once(int step) { return once() + map_->saved_once[static_cast<std::size_t>(step)]; }
    /// Null where the plan knows none.
    double* moments(int value) {
        if (!Plan::has_moments(value)) return nullptr;
        return reinterpret_cast<double*>(once() + map_->moments[static_cast<std::size_t>(value)]);
    }
    std::byte* scratch() { return once() + map_->bytes_once; }

private:
    std::byte* at(std::span<const std::size_t> offsets, int index) {
        return memory_.data() + offsets[static_cast<std::size_t>(index)] * static_cast<std::size_t>(images_);
    }
    std::byte* once() { return memory_.data() + map_->bytes_per_image * static_cast<std::size_t>(images_); }

    const Map* map_ = nullptr;
    int images_ = 0;
    typename Backend::template Buffer<std::byte> memory_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
