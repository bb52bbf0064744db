#include "s10_full.hpp"
#include "tinyres/backend/cpu/kernels.hpp"

using namespace tinyres_test;

TEST_CASE("The full S10 trains for ten steps as PyTorch's does: Cpu in float") {
    check_full_s10<tr::Cpu<>>();
}
