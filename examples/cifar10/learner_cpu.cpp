#include "network_learner.hpp"

#include <tinyres/backend/cpu/kernels.hpp>

namespace example {

std::unique_ptr<Learner> make_cpu_learner(const Recipe& recipe, int threads) {
    const tr::Cpu<> backend{threads};
    require_threads_of(backend);
    return make_learner_on(recipe, backend);
}

} // namespace example
