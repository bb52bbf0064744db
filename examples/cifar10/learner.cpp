#include "learner.hpp"

namespace example {

// Each in a file of its own, which holds all that is compiled for one backend and precision.
std::unique_ptr<Learner> make_cpu_learner(const Recipe& recipe, int threads);
std::unique_ptr<Learner> make_cpu_bf16_learner(const Recipe& recipe, int threads);
std::unique_ptr<Learner> make_cuda_learner(const Recipe& recipe);
std::unique_ptr<Learner> make_cuda_bf16_learner(const Recipe& recipe);
std::unique_ptr<Learner> make_reference_learner(const Recipe& recipe);

std::unique_ptr<Learner> make_learner(const Recipe& recipe, const Machine& machine) {
    if (machine.backend == "cpu" && machine.precision == "bf16") return make_cpu_bf16_learner(recipe, machine.threads);
    if (machine.backend == "cpu") return make_cpu_learner(recipe, machine.threads);
    if (machine.backend == "cuda" && machine.precision == "bf16") return make_cuda_bf16_learner(recipe);
    if (machine.backend == "cuda") return make_cuda_learner(recipe);
    if (machine.backend == "reference" && machine.precision != "fp32")
        throw tr::Error("--precision: the reference backend computes in fp32 only; give --precision fp32");
    if (machine.backend == "reference") return make_reference_learner(recipe);
    throw tr::Error("--backend: there is no backend '" + machine.backend + "'; give cpu, cuda or reference");
}

} // namespace example
