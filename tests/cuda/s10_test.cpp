#include "cuda_shim/settings.hpp"
#include "pytorch/s10_full.hpp"
#include "pytorch/s10_narrow.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace {

using namespace tinyres_test;

/// In the precisions of a GPU, whose products are rounded: losses and outputs of ten steps of the full S10.
template <class T>
void check_rounded(double loss_bound, double output_bound) {
    const Numbers pytorch("s10_full");
    const Repetition<S10WithoutDropout, tr::Cuda<T>> ours(pytorch, "bn");
    CHECK(largest_difference(ours.losses, pytorch("bn/loss")) < loss_bound);
    const std::vector<double> outputs = pytorch("bn/eval_log_softmax");
    CHECK(distance(ours.outputs, outputs) < output_bound * norm(outputs));
}

} // namespace

TEST_CASE("A narrow S10 with BatchNorm trains for ten steps as PyTorch's does: Cuda, its products in full float" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    check_in_float(errors_of_narrow_s10<tr::BatchNorm, tr::Cuda<>>("bn"));
}

TEST_CASE("A narrow S10 with GroupNorm trains for ten steps as PyTorch's does: Cuda, its products in full float" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    check_in_float(errors_of_narrow_s10<tr::GroupNorm<4>, tr::Cuda<>>("gn"));
}

TEST_CASE("The full S10 trains for ten steps as PyTorch's does: Cuda, its products in full float" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    check_full_s10<tr::Cuda<>>();
}

// The emulation takes more than a minute for each; the bounds are five times the errors there.
TEST_CASE("The full S10 trains for ten steps as PyTorch's does: Cuda, its products rounded to TF32" *
          doctest::skip(cuda_shim::emulated)) {
    check_rounded<float>(1e-2, 5e-4);
}

TEST_CASE("The full S10 trains for ten steps as PyTorch's does: Cuda in mixed precision" *
          doctest::skip(cuda_shim::emulated)) {
    check_rounded<tr::bfloat16>(6e-2, 2e-3);
}
