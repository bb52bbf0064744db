#pragma once

#include "tinyres/plan/fuse.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How gradients flow back through the steps of a plan. Each input of a step is an edge; what the step's backward finds
/// for it is written somewhere, and what several edges find for one value is added up, in the order in which backward
/// runs: from the last reader to the first. Places are numbered: 0 to `Steps` for the values' own gradients, then one
/// for each edge; -1 is none.
template <int Steps, int Edges>
struct GradientFlow {
    /// A sum that is due when the backward pass of the edge's step is done: to = a + b.
    struct Sum {
        int a;
        int b;
        int to; ///< may be a or b; -1 where there is no sum
    };
    static constexpr int places = Steps + 1 + Edges;

    std::array<bool, static_cast<std::size_t>(Steps) + 1> wanted{}; ///< whether a value's gradient is
    std::array<int, static_cast<std::size_t>(Steps) + 1> value{};   ///< where a value's gradient is in the end
    std::array<int, static_cast<std::size_t>(Edges)> edge{};        ///< where backward writes for an edge
    std::array<Sum, static_cast<std::size_t>(Edges)> sums{};        ///< what is added up after an edge
};

/// What gradients ask about a step.
struct StepGradients {
    bool has_parameters = false;
    bool passes = false; ///< the gradient of each input is the output's
    bool always = false; ///< backward works in the input's gradient, wanted or not
};

/// Finds that flow. A gradient is wanted where parameters lie before it. A value that one step reads has its gradient
/// where that step writes it; where a step passes its output's gradient on, that is used in place. Of several edges the
/// first one that writes has the value's own place, and each further one is added to it as soon as it is there.
template <int Edges, std::size_t Count>
constexpr auto flow_of_gradients(std::span<const Step> steps, const std::array<StepGradients, Count>& about) {
    constexpr int count = static_cast<int>(Count);
    const auto at = [](int index) { return static_cast<std::size_t>(index); };
    GradientFlow<count, Edges> flow;
    flow.edge.fill(-1);
    flow.value.fill(-1);
    flow.sums.fill({-1, -1, -1}); // g++ 12 makes some of these zeros where they are left to their initializers
    for (int step = 0; step < count; ++step) {
        bool wanted = about[at(step)].has_parameters;
        for (const int input : steps[at(step)].inputs) wanted |= flow.wanted[at(input)];
        flow.wanted[at(step) + 1] = wanted;
    }
    // The edges of each value as lists, the last step's first.
    std::array<int, Count + 1> first_edge{};
    std::array<int, static_cast<std::size_t>(Edges)> next_edge{}, step_of{};
    first_edge.fill(-1);
    for (int step = 0; step < count; ++step)
        for (int slot = steps[at(step)].inputs.count; slot-- > 0;) {
            const int edge = steps[at(step)].first_edge + slot;
            int& first = first_edge[at(steps[at(step)].inputs[slot])];
            step_of[at(edge)] = step;
            next_edge[at(edge)] = first;
            first = edge;
        }

    flow.value[Count] = count; // the loss writes it
    for (int value = count - 1; value >= 0; --value) {
        int found = -1; // where the sum so far is
        bool own = false;
        for (int edge = first_edge[at(value)]; edge >= 0; edge = next_edge[at(edge)]) {
            const int step = step_of[at(edge)];
            if (!flow.wanted[at(value)]) {
                if (about[at(step)].always) flow.edge[at(edge)] = count + 1 + edge;
                continue;
            }
            int here = value;
            if (about[at(step)].passes)
                here = flow.value[at(step) + 1];
            else
                flow.edge[at(edge)] = here = own ? count + 1 + edge : value;
            if (found >= 0) flow.sums[at(edge)] = {here, found, value};
            own |= here == value || found >= 0;
            found = found >= 0 ? value : here;
        }
        flow.value[at(value)] = found;
    }
    return flow;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
