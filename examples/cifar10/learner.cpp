#include "learner.hpp"

namespace example {

// Each in a file of its own, which holds all that is compiled for one backend.
std::unique_ptr<Learner> make_cpu_learner(const std::string& norm, const LearnerOptions& options);
std::unique_ptr<Learner> make_reference_learner(const std::string& norm, const LearnerOptions& options);

std::unique_ptr<Learner> make_learner(const std::string& norm, const std::string& backend,
                                      const LearnerOptions& options) {
    if (backend == "cpu") return make_cpu_learner(norm, options);
    if (backend == "reference") return make_reference_learner(norm, options);
    throw tr::Error("--backend: there is no backend '" + backend + "'; give cpu or reference");
}

} // namespace example
