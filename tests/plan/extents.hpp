#pragma once

#include "tinyres/plan/plan.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace plan_extents {

namespace tr = tinyres;

/// One array of a pass: where the plan put it, how long it is, and the times of its first and last use.
struct Extent {
    std::string what;
    std::size_t offset;
    std::size_t bytes;
    int first = std::numeric_limits<int>::max();
    int last = -1;

    void use(int time) {
        first = std::min(first, time);
        last = std::max(last, time);
    }
};

/// The life of every array, told from what a pass does rather than from the plan's own reckoning: each step, forward
/// and backward, is walked through in order, and what it reads or writes is in use at its time. A view and its source
/// are one.
template <class Network, class Backend>
std::vector<Extent> extents(bool training) {
    using Plan = tr::Plan<Network, Backend>;
    constexpr int steps = Plan::step_count;
    const auto& map = training ? Plan::training_memory : Plan::prediction_memory;
    const auto at = [](int index) { return static_cast<std::size_t>(index); };
    const auto& needs = Plan::needs;

    std::vector<Extent> values, gradients, saved, scratch;
    for (int v = 0; v <= steps; ++v)
        values.push_back(
            {"value " + std::to_string(v), map.value[at(v)], tr::stored_bytes<Backend>(Plan::value_dims(v))});
    for (int place = 0; place < Plan::Flow::places; ++place)
        gradients.push_back({"gradient " + std::to_string(place), map.gradient[at(place)], 0});
    std::vector<int> source(at(steps) + 1);
    for (int v = 0; v <= steps; ++v)
        source[at(v)] = v > 0 && needs[at(v - 1)].view ? source[at(Plan::steps[at(v - 1)].inputs[0])] : v;
    const auto value = [&](int v, int time) { values[at(source[at(v)])].use(time); };
    const auto gradient = [&](int place, int v, int time) {
        if (place < 0) return;
        gradients[at(place)].bytes = tr::stored_bytes<Backend>(Plan::value_dims(v));
        gradients[at(place)].use(time);
    };

    int time = 0;
    value(0, 0); // the images are there before the first step
    for (int step = 0; step < steps; ++step, ++time) {
        for (const int input : Plan::steps[at(step)].inputs) value(input, time);
        value(step + 1, time);
        saved.push_back(
            {"saved " + std::to_string(step), map.saved[at(step)], training ? needs[at(step)].saved_per_image : 0});
        saved.back().use(time);
        scratch.push_back({"forward scratch " + std::to_string(step), map.forward_scratch[at(step)],
                           needs[at(step)].forward_scratch_per_image});
        scratch.back().use(time);
    }
    value(steps, time); // the loss
    if (training) {
        gradient(Plan::flow.value[at(steps)], steps, time);
        for (int step = steps - 1; step >= 0; --step) {
            ++time;
            const tr::Step& s = Plan::steps[at(step)];
            if (Plan::runs_backward(step)) {
                gradient(Plan::flow.value[at(step + 1)], step + 1, time);
                saved[at(step)].use(time);
                scratch.push_back({"backward scratch " + std::to_string(step), map.backward_scratch[at(step)],
                                   needs[at(step)].backward_scratch_per_image});
                scratch.back().use(time);
                for (const int input : s.inputs)
                    if (needs[at(step)].input_in_backward) value(input, time);
                if (needs[at(step)].output_in_backward) value(step + 1, time);
            }
            for (int slot = 0; slot < s.inputs.count; ++slot) {
                const auto& sum = Plan::flow.sums[at(s.first_edge + slot)];
                for (const int place : {Plan::flow.edge[at(s.first_edge + slot)], sum.a, sum.b, sum.to})
                    gradient(place, s.inputs[slot], time);
            }
        }
    }
    std::vector<Extent> used;
    for (const auto* list : {&values, &gradients, &saved, &scratch})
        for (const Extent& extent : *list)
            if (extent.last >= 0 && extent.bytes > 0) used.push_back(extent);
    return used;
}

} // namespace plan_extents
