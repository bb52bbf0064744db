#include "backend/conformance.hpp"
#include "cuda_shim/settings.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace tr = tinyres;

TEST_CASE("Cuda is a backend") {
    conformance::check<tr::Cuda<>>({.loss = 1e-3, .gradients = 3e-2, .predictions = 5e-3});
}

TEST_CASE("Cuda in mixed precision is a backend") {
    conformance::check<tr::Cuda<tr::bfloat16>>({.loss = 2e-2, .gradients = 0.3, .predictions = 5e-2});
}
