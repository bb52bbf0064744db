#include "learner.hpp"

#include <tinyres/core/error.hpp>

namespace example {

namespace {

[[noreturn]] void refuse() {
    throw tr::Error("--backend: this program was built without CUDA; build it with cmake -DTINYRES_CUDA=ON");
}

} // namespace

std::unique_ptr<Learner> make_cuda_learner(const Recipe&) {
    refuse();
}
std::unique_ptr<Learner> make_cuda_bf16_learner(const Recipe&) {
    refuse();
}

} // namespace example
