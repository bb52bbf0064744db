#include "network_learner.hpp"

#include <tinyres/backend/cpu/kernels.hpp>

namespace example {

std::unique_ptr<Learner> make_cpu_bf16_learner(const Recipe& recipe, int threads) {
    return make_learner_on(recipe, tr::Cpu<tr::bfloat16>{threads});
}

} // namespace example
