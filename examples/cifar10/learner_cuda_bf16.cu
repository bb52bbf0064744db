#include "cuda_loader.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace example {

std::unique_ptr<Learner> make_cuda_bf16_learner(const Recipe& recipe) {
    return make_learner_on(recipe, tr::Cuda<tr::bfloat16>{});
}

} // namespace example
