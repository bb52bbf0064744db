#pragma once

#include "tinyres/plan/fuse.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/memory.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Where everything lies in a workspace of a plan with `Steps` steps. Value `i` is the input of step `i`, value `Steps`
/// the network's output; a gradient is counted like its value. Offsets are in bytes for each image: at run time they
/// are multiplied by the number of images that the workspace holds.
template <int Steps>
struct MemoryMap {
    using Offsets = std::array<std::size_t, static_cast<std::size_t>(Steps) + 1>;
    Offsets value{};
    Offsets gradient{};
    Offsets saved{};
    Offsets forward_scratch{};
    Offsets backward_scratch{};
    Offsets saved_once{}; ///< these do not grow with the batch: plain bytes within their own region
    Offsets moments{};    ///< of each value's channels; likewise
    std::size_t bytes_per_image = 0;
    std::size_t bytes_once = 0;
    std::size_t scratch_shared = 0;
    std::size_t scratch_per_thread = 0;

    /// The size of the workspace, in bytes.
    constexpr std::size_t bytes(int images, int threads) const {
        return bytes_per_image * static_cast<std::size_t>(images) + bytes_once + scratch_shared +
               scratch_per_thread * static_cast<std::size_t>(threads);
    }
};

/// How a backend runs a network, settled by the compiler: the steps, the kernel of each, and where each value lies.
template <class Network, class Backend>
struct Plan {
private:
    static constexpr auto list_ = fuse<Network, Backend>();

public:
    static constexpr int step_count = list_.count;
    static constexpr const auto& steps = list_.steps;

    /// The first and last layer of a step.
    static constexpr const Node& first_node(int step) {
        return Network::nodes[static_cast<std::size_t>(steps[static_cast<std::size_t>(step)].first)];
    }
    static constexpr const Node& last_node(int step) {
        const Step& s = steps[static_cast<std::size_t>(step)];
        return Network::nodes[static_cast<std::size_t>(s.first + s.length - 1)];
    }

    /// The shape of value `value`: the input of that step, or the network's output.
    static constexpr Dims value_dims(int value) { return value == step_count ? Network::output : first_node(value).in; }

    /// The operation of step `Index` and the kernel that runs it.
    template <int Index>
    using Operation = OperationOf<typename Network::Leaves, steps[static_cast<std::size_t>(Index)].first,
                                  steps[static_cast<std::size_t>(Index)].length,
                                  ShapeOf<first_node(Index).in.channels, first_node(Index).in.height,
                                          first_node(Index).in.width, first_node(Index).in.flat>>;
    template <int Index>
    using KernelOf = Kernel<Backend, Operation<Index>>;

    /// How the input of step `Index` is stored, and for `step_count` the network's output.
    template <int Index>
    using Value = Stored<Backend, ShapeOf<value_dims(Index).channels, value_dims(Index).height, value_dims(Index).width,
                                          value_dims(Index).flat>>;

    /// A step whose gradient passes unchanged: the gradient of its input is that of its output, in place.
    static constexpr bool passes_gradient(int step) {
        const Kind kind = first_node(step).kind;
        return kind == Kind::add || (steps[static_cast<std::size_t>(step)].view && kind != Kind::fork);
    }

    /// Whether value `step` is the network's own input, for which no gradient is wanted.
    static constexpr bool is_network_input(int value) {
        for (int step = 0; step < value; ++step)
            if (!steps[static_cast<std::size_t>(step)].view) return false;
        return true;
    }

    /// Whether the gradient of the input of step `step` has a place: it is wanted, or the kernel works in it.
    static constexpr bool has_input_gradient(int step) {
        return !is_network_input(step) || needs_[static_cast<std::size_t>(step)].input_gradient_always;
    }

    /// Whether in training a value's moments go from the step that writes it to the one that reads it.
    static constexpr bool has_moments(int value) {
        return value > 0 && value < step_count && needs_[static_cast<std::size_t>(value) - 1].leaves_moments &&
               needs_[static_cast<std::size_t>(value)].takes_moments;
    }

    /// The layer for which step `step` draws random numbers: its dropout, so that every backend drops the same.
    static constexpr int random_layer(int step) {
        const Step& s = steps[static_cast<std::size_t>(step)];
        for (int layer = s.first; layer < s.first + s.length; ++layer)
            if (Network::nodes[static_cast<std::size_t>(layer)].kind == Kind::dropout) return layer;
        return s.first + s.length - 1;
    }

    /// The Add that ends the ResBlock which the Fork at `step` begins.
    static constexpr int add_of(int fork) {
        int step = fork;
        while (steps[static_cast<std::size_t>(step)].fork != fork) ++step;
        return step;
    }

private:
    template <int Index>
    static constexpr KernelNeeds needs_of_step() {
        if constexpr (steps[static_cast<std::size_t>(Index)].view && first_node(Index).kind != Kind::fork)
            return {};
        else
            return KernelOf<Index>::needs;
    }

    template <std::size_t... Indices>
    static constexpr auto all_needs(std::index_sequence<Indices...>) {
        return std::array<KernelNeeds, sizeof...(Indices)>{needs_of_step<static_cast<int>(Indices)>()...};
    }

    static constexpr auto needs_ = all_needs(std::make_index_sequence<static_cast<std::size_t>(step_count)>{});

    static constexpr std::size_t value_bytes(int value) { return stored_bytes<Backend>(value_dims(value)); }

    static constexpr MemoryMap<step_count> lay_out(bool training) {
        constexpr int count = step_count;
        constexpr auto values = static_cast<std::size_t>(count) + 1;
        std::array<Tenant, 5 * values> tenants{};
        // What a step saves comes before its output, of those that are born together, because it dies later.
        const auto saved = [&](int s) -> Tenant& { return tenants[static_cast<std::size_t>(s)]; };
        const auto value = [&](int v) -> Tenant& { return tenants[values + static_cast<std::size_t>(v)]; };
        const auto gradient = [&](int v) -> Tenant& { return tenants[2 * values + static_cast<std::size_t>(v)]; };
        const auto forward_scratch = [&](int s) -> Tenant& {
            return tenants[3 * values + static_cast<std::size_t>(s)];
        };
        const auto backward_scratch = [&](int s) -> Tenant& {
            return tenants[4 * values + static_cast<std::size_t>(s)];
        };
        const auto use = [](Tenant& tenant, int time) { tenant.death = time > tenant.death ? time : tenant.death; };

        // Values and gradients that share their memory with another have that one as their root.
        std::array<int, values> root{};
        std::array<int, values> gradient_root{};
        for (int v = 0; v <= count; ++v) {
            const auto at = static_cast<std::size_t>(v);
            root[at] = v > 0 && steps[at - 1].view ? root[at - 1] : v;
        }
        for (int v = count; v >= 0; --v) {
            const auto at = static_cast<std::size_t>(v);
            gradient_root[at] = v < count && passes_gradient(v) ? gradient_root[at + 1] : v;
        }
        const auto root_of = [&](int v) -> Tenant& { return value(root[static_cast<std::size_t>(v)]); };
        const auto gradient_root_of = [&](int v) -> Tenant& {
            return gradient(gradient_root[static_cast<std::size_t>(v)]);
        };

        for (int v = 0; v <= count; ++v) {
            if (root[static_cast<std::size_t>(v)] == v) value(v).bytes = value_bytes(v);
            value(v).birth = v == 0 ? 0 : v - 1;
            use(root_of(v), v); // as the input of step v, or by the loss
            if (!training) continue;
            if (gradient_root[static_cast<std::size_t>(v)] == v && (v == count || has_input_gradient(v)))
                gradient(v).bytes = value_bytes(v);
            gradient(v).birth = 2 * count - v;
            // Read by backward of step v - 1; one of the network's input is only worked in.
            use(gradient_root_of(v), 2 * count - (v > 0 ? v - 1 : 0));
        }
        MemoryMap<count> map;
        for (int s = 0; s < count; ++s) {
            const KernelNeeds& need = needs_[static_cast<std::size_t>(s)];
            const int backward = 2 * count - s;
            if (const int fork = steps[static_cast<std::size_t>(s)].fork; fork >= 0) {
                use(root_of(fork), s);
                if (training) use(gradient_root_of(s + 1), 2 * count - fork);
            }
            forward_scratch(s) = {.bytes = need.forward_scratch_per_image, .birth = s, .death = s};
            if (training) {
                backward_scratch(s) = {.bytes = need.backward_scratch_per_image, .birth = backward, .death = backward};
                if (need.input_in_backward) use(root_of(s), backward);
                if (need.output_in_backward) use(root_of(s + 1), backward);
                saved(s) = {.bytes = need.saved_per_image, .birth = s, .death = backward};
                map.saved_once[static_cast<std::size_t>(s)] = map.bytes_once;
                map.bytes_once += cache_lines(need.saved_once);
                map.moments[static_cast<std::size_t>(s)] = map.bytes_once;
                if (has_moments(s))
                    map.bytes_once +=
                        cache_lines(2 * sizeof(double) * static_cast<std::size_t>(value_dims(s).channels));
            }
            const std::size_t shared = cache_lines(need.scratch_shared);
            const std::size_t per_thread = cache_lines(need.scratch_per_thread);
            if (map.scratch_shared < shared) map.scratch_shared = shared;
            if (map.scratch_per_thread < per_thread) map.scratch_per_thread = per_thread;
        }
        map.bytes_per_image = assign_offsets(tenants, count);
        for (int v = 0; v <= count; ++v) {
            map.value[static_cast<std::size_t>(v)] = root_of(v).offset;
            map.gradient[static_cast<std::size_t>(v)] = gradient_root_of(v).offset;
            map.saved[static_cast<std::size_t>(v)] = saved(v).offset;
            map.forward_scratch[static_cast<std::size_t>(v)] = forward_scratch(v).offset;
            map.backward_scratch[static_cast<std::size_t>(v)] = backward_scratch(v).offset;
        }
        return map;
    }

public:
    /// Where things lie while training, and while only predicting.
    static constexpr MemoryMap<step_count> training_memory = lay_out(true);
    static constexpr MemoryMap<step_count> prediction_memory = lay_out(false);
};

} // namespace tinyres::inline TINYRES_ARCH
