#pragma once

#include "tinyres/plan/gradients.hpp"
#include "tinyres/plan/memory.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Where everything lies in a workspace of a plan with `Steps` steps that have `Edges` inputs in all. Value i + 1 is
/// what step i gives, value 0 the network's input. Offsets are in bytes for each image: at run time they are multiplied
/// by the number of images that the workspace holds.
template <int Steps, int Edges>
struct MemoryMap {
    using OfSteps = std::array<std::size_t, static_cast<std::size_t>(Steps)>;
    using OfValues = std::array<std::size_t, static_cast<std::size_t>(Steps) + 1>;
    OfValues value{};
    std::array<std::size_t, static_cast<std::size_t>(Steps + 1 + Edges)> gradient{}; ///< by the places of GradientFlow
    OfSteps saved{};
    OfSteps forward_scratch{};
    OfSteps backward_scratch{};
    OfSteps saved_once{}; ///< these do not grow with the batch: plain bytes within their own region
    OfValues moments{};   ///< of each value's channels; likewise
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
    static constexpr int edge_count = list_.edges;
    static constexpr const auto& steps = list_.steps;
    using Map = MemoryMap<step_count, edge_count>;
    using Flow = GradientFlow<step_count, edge_count>;

    /// The first and last layer of a step.
    static constexpr const Node& first_node(int step) {
        return Network::nodes[static_cast<std::size_t>(steps[static_cast<std::size_t>(step)].first)];
    }
    static constexpr const Node& last_node(int step) {
        const Step& s = steps[static_cast<std::size_t>(step)];
        return Network::nodes[static_cast<std::size_t>(s.first + s.length - 1)];
    }

    /// The shape of a value.
    static constexpr Dims value_dims(int value) { return value == 0 ? Network::input : last_node(value - 1).out; }

    /// Step `Index`, its layers as a TypeList, the operation that they make, and the kernel that runs it.
    template <int Index>
    static constexpr Step step = steps[static_cast<std::size_t>(Index)];
    template <int Index>
    using Layers = detail::LayersOf<typename Network::Leaves, step<Index>.first, step<Index>.length>;
    template <int Index>
    using Operation = OperationOf<Layers<Index>, step<Index>.length, InputShapes<Network, step<Index>.first>>;
    template <int Index>
    using KernelOf = Kernel<Backend, Operation<Index>>;

    /// How a value is stored.
    template <int Index>
    using Value = Stored<Backend, ShapeOf<value_dims(Index).channels, value_dims(Index).height, value_dims(Index).width,
                                          value_dims(Index).flat>>;

private:
    template <int Index>
    static constexpr KernelNeeds needs_of_step() {
        if constexpr (Network::fits)
            return detail::NeedsOf<Backend, Operation<Index>>::value;
        else
            return {.view = true}; // nothing runs, so nothing is missing
    }
    template <int... Indices>
    static constexpr auto all_needs(std::integer_sequence<int, Indices...>) {
        return std::array<KernelNeeds, sizeof...(Indices)>{needs_of_step<Indices>()...};
    }

public:
    /// What the kernel of each step needs.
    static constexpr auto needs = all_needs(std::make_integer_sequence<int, step_count>{});

private:
    static constexpr Flow find_flow() {
        std::array<StepGradients, static_cast<std::size_t>(step_count)> about{};
        for (int step = 0; step < step_count; ++step) {
            const auto at = static_cast<std::size_t>(step);
            const Step& s = steps[at];
            for (int layer = s.first; layer < s.first + s.length; ++layer)
                about[at].has_parameters |=
                    Network::nodes[static_cast<std::size_t>(layer)].tensors.size(Role::parameter) > 0;
            about[at].passes = needs[at].view || needs[at].passes_gradient;
            about[at].always = needs[at].input_gradient_always;
        }
        return flow_of_gradients<edge_count>(std::span<const Step>(steps).first(static_cast<std::size_t>(step_count)),
                                             about);
    }

public:
    static constexpr Flow flow = find_flow();

    /// Whether forward and backward of a step run anything.
    static constexpr bool runs_forward(int step) { return !needs[static_cast<std::size_t>(step)].view; }
    static constexpr bool runs_backward(int step) {
        const KernelNeeds& need = needs[static_cast<std::size_t>(step)];
        return !need.view && !need.passes_gradient && flow.wanted[static_cast<std::size_t>(step) + 1];
    }

    /// Whether in training a value's moments go from the step that writes it to one that reads it.
    static constexpr bool has_moments(int value) {
        if (value == 0 || !needs[static_cast<std::size_t>(value) - 1].leaves_moments) return false;
        for (int step = value; step < step_count; ++step)
            if (needs[static_cast<std::size_t>(step)].takes_moments &&
                steps[static_cast<std::size_t>(step)].inputs[0] == value)
                return true;
        return false;
    }

    /// The layer whose position names the random numbers that a step draws: its dropout, so that every backend drops
    /// the same.
    static constexpr int random_layer(int step) {
        const Step& s = steps[static_cast<std::size_t>(step)];
        for (int layer = s.first; layer < s.first + s.length; ++layer)
            if (Network::nodes[static_cast<std::size_t>(layer)].draws_random_numbers) return layer;
        return s.first + s.length - 1;
    }

private:
    static constexpr std::size_t value_bytes(int value) { return stored_bytes<Backend>(value_dims(value)); }

    static constexpr Map lay_out(bool training) {
        constexpr int count = step_count;
        constexpr auto step_number = static_cast<std::size_t>(count);
        constexpr auto values = step_number + 1;
        constexpr auto gradients = static_cast<std::size_t>(Flow::places);
        std::array<Tenant, 3 * step_number + values + gradients> tenants{};
        // What a step saves comes before its output, of those that are born together, because it dies later.
        const auto saved = [&](int s) -> Tenant& { return tenants[static_cast<std::size_t>(s)]; };
        const auto value = [&](int v) -> Tenant& { return tenants[step_number + static_cast<std::size_t>(v)]; };
        const auto gradient = [&](int g) -> Tenant& {
            return tenants[step_number + values + static_cast<std::size_t>(g)];
        };
        const auto forward_scratch = [&](int s) -> Tenant& {
            return tenants[step_number + values + gradients + static_cast<std::size_t>(s)];
        };
        const auto backward_scratch = [&](int s) -> Tenant& {
            return tenants[2 * step_number + values + gradients + static_cast<std::size_t>(s)];
        };
        const auto use = [](Tenant& tenant, std::size_t bytes, int time) {
            if (tenant.bytes == 0) tenant = {.bytes = bytes, .birth = time, .death = time};
            tenant.birth = time < tenant.birth ? time : tenant.birth;
            tenant.death = time > tenant.death ? time : tenant.death;
        };

        std::array<int, values> root{}; // a view lies where the value lies that it views
        for (int v = 1; v <= count; ++v) {
            const auto at = static_cast<std::size_t>(v) - 1;
            root[at + 1] = needs[at].view ? root[static_cast<std::size_t>(steps[at].inputs[0])] : v;
        }
        const auto use_value = [&](int v, int time) {
            const int owner = root[static_cast<std::size_t>(v)];
            use(value(owner), value_bytes(owner), time);
        };
        // The gradient of value v, at place g of the flow.
        const auto use_gradient = [&](int g, int v, int time) {
            if (g >= 0) use(gradient(g), value_bytes(v), time);
        };

        Map map;
        for (int s = 0; s < count; ++s) {
            const auto at = static_cast<std::size_t>(s);
            const KernelNeeds& need = needs[at];
            for (const int input : steps[at].inputs) use_value(input, s);
            use_value(s + 1, s);
            forward_scratch(s) = {.bytes = need.forward_scratch_per_image, .birth = s, .death = s};
            const std::size_t shared = cache_lines(need.scratch_shared);
            const std::size_t per_thread = cache_lines(need.scratch_per_thread);
            if (map.scratch_shared < shared) map.scratch_shared = shared;
            if (map.scratch_per_thread < per_thread) map.scratch_per_thread = per_thread;
        }
        use_value(count, count); // by the loss
        if (training) {
            use_gradient(flow.value[step_number], count, count);
            for (int s = 0; s < count; ++s) {
                const auto at = static_cast<std::size_t>(s);
                const KernelNeeds& need = needs[at];
                const int backward = 2 * count - s;
                saved(s) = {.bytes = need.saved_per_image, .birth = s, .death = backward};
                map.saved_once[at] = map.bytes_once;
                map.bytes_once += cache_lines(need.saved_once);
                map.moments[at] = map.bytes_once;
                if (has_moments(s))
                    map.bytes_once +=
                        cache_lines(2 * sizeof(double) * static_cast<std::size_t>(value_dims(s).channels));
                for (int slot = 0; slot < steps[at].inputs.count; ++slot) {
                    const int input = steps[at].inputs[slot];
                    const auto edge = static_cast<std::size_t>(steps[at].first_edge + slot);
                    use_gradient(flow.edge[edge], input, backward);
                    const std::array places{flow.sums[edge].a, flow.sums[edge].b, flow.sums[edge].to};
                    for (const int place : places) use_gradient(place, input, backward);
                }
                if (!runs_backward(s)) continue;
                use_gradient(flow.value[at + 1], s + 1, backward);
                backward_scratch(s) = {.bytes = need.backward_scratch_per_image, .birth = backward, .death = backward};
                if (need.input_in_backward)
                    for (const int input : steps[at].inputs) use_value(input, backward);
                if (need.output_in_backward) use_value(s + 1, backward);
            }
        }
        map.bytes_per_image = assign_offsets(tenants, count);
        for (int v = 0; v <= count; ++v)
            map.value[static_cast<std::size_t>(v)] = value(root[static_cast<std::size_t>(v)]).offset;
        for (int g = 0; g < Flow::places; ++g) map.gradient[static_cast<std::size_t>(g)] = gradient(g).offset;
        for (int s = 0; s < count; ++s) {
            map.saved[static_cast<std::size_t>(s)] = saved(s).offset;
            map.forward_scratch[static_cast<std::size_t>(s)] = forward_scratch(s).offset;
            map.backward_scratch[static_cast<std::size_t>(s)] = backward_scratch(s).offset;
        }
        return map;
    }

public:
    /// Where things lie while training, and while only predicting.
    static constexpr Map training_memory = lay_out(true);
    static constexpr Map prediction_memory = lay_out(false);
};

} // namespace TINYRES_ARCH
} // namespace tinyres
