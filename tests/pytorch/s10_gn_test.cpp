#include "s10_narrow.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

using namespace tinyres_test;

TEST_CASE("A narrow S10 with GroupNorm trains for ten steps as PyTorch's does: Reference in double") {
    check_in_double(errors_of_narrow_s10<tr::GroupNorm<4>, tr::Reference<double>>("gn"));
}

TEST_CASE("A narrow S10 with GroupNorm trains for ten steps as PyTorch's does: Cpu in float") {
    check_in_float(errors_of_narrow_s10<tr::GroupNorm<4>, tr::Cpu<>>("gn"));
}
