#include "learner.hpp"

namespace example {

// Each in a file of its own, which holds all that is compiled for one backend.
std::unique_ptr<Learner> make_cpu_learner(const Recipe& recipe, int threads);
std::unique_ptr<Learner> make_reference_learner(const Recipe& recipe);

std::unique_ptr<Learner> make_learner(const Recipe& recipe, const Machine& machine) {
    if (machine.backend == "cpu") return make_cpu_learner(recipe, machine.threads);
    if (machine.backend == "reference") return make_reference_learner(recipe);
    throw tr::Error("--backend: there is no backend '" + machine.backend + "'; give cpu or reference");
}

} // namespace example
