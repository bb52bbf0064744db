#include "backend/conformance.hpp"
#include "cuda_shim/settings.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace tr = tinyres;

TEST_CASE("Cuda is a backend") {
    conformance::check<tr::Cuda<>>({.loss = 2e-3, .gradients = 0.1, .predictions = 1e-2, .images = 6});
}

TEST_CASE("Cuda in mixed precision is a backend") {
    conformance::check<tr::Cuda<tr::bfloat16>>({.loss = 3e-2, .gradients = 0.4, .predictions = 5e-2, .images = 6});
}
