#include "network_learner.hpp"

#include <tinyres/backend/reference/kernels.hpp>

namespace example {

std::unique_ptr<Learner> make_reference_learner(const Recipe& recipe) {
    return make_learner_on(recipe, tr::Reference<float>{});
}

} // namespace example
