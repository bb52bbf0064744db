#include "network_learner.hpp"

namespace example {

std::unique_ptr<Learner> make_cpu_learner(const std::string& norm, const LearnerOptions& options) {
    return make_learner_on(norm, options, tr::Cpu<>{options.threads});
}

} // namespace example
