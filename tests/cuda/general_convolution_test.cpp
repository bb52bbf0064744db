#include "backend/general_convolution.hpp"
#include "cuda/managed_memory.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace tr = tinyres;

TEST_CASE("convolutions of any kind on the GPU agree with double precision") {
    general_convolution::check_all(tr::Cuda<>{}, {});
}

TEST_CASE("convolutions of any kind in mixed precision round what they store alone") {
    general_convolution::check_all(tr::Cuda<tr::bfloat16>{}, {.output = 3e-3, .input_gradient = 3e-3});
}
