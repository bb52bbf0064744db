#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"
#include "error_of.hpp"
#include "model/networks.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/cudnn/conv3x3.hpp>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/optim/adam.hpp>

template <class T>
struct passes::Memory<tinyres::CudaWithCudnn<T>> : passes::Memory<tinyres::Cuda<T>> {};

namespace {

namespace tr = tinyres;
using tinyres_test::error_of;

/// With operands that bfloat16 holds exactly only what is stored is rounded.
template <class T>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::CudaWithCudnn<T>> with_cudnn, std::initializer_list<int> batches) {
    constexpr double bound = std::is_same_v<T, float> ? 3e-6 : 4e-3;
    const tr::CudaWithCudnn<T> cuda;
    for (const int batch : batches) {
        CAPTURE(batch);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands(signature, batch));
        for (float& parameter : operands.parameters) parameter = tr::bfloat16(parameter);
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const passes::Results found = with_cudnn(cuda, operands);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < bound);
        CHECK(errors.input_gradient < bound);
        CHECK(errors.parameter_gradients < bound);
        cuda_shim::in_every_order([&] { CHECK(passes::same(found, with_cudnn(cuda, operands))); });
    }
}

template <class T, class In, class Layer>
void check(std::initializer_list<int> batches) {
    check<T>(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

using Net = tinyres_test::SmallNetwork<tr::Dropout2d<10>>;

template <class Backend>
std::vector<float> train() {
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 3};
    tr::Adam optimizer{model};
    for (std::uint64_t step = 0; step < 3; ++step) {
        tr::train_step(model, tinyres_test::random_batch<Net>(step == 1 ? 5 : 12, step));
        optimizer.step(model, 0.001);
    }
    return tr::predict(model, tinyres_test::random_batch<Net>(7, 99).images);
}

/// Puts back at the end of a scope what cuDNN was like.
struct RestoreCudnn {
    cudnn_shim::Settings before = cudnn_shim::settings;
    ~RestoreCudnn() { cudnn_shim::settings = before; }
};

} // namespace

TEST_CASE_TEMPLATE("Conv3x3 by cuDNN gets and gives what it should, with channels and sizes of any number", T, float,
                   tr::bfloat16) {
    check<T, tr::Shape<3, 8, 8>, tr::Conv3x3<64>>({1, 3});
    check<T, tr::Shape<5, 7, 3>, tr::Conv3x3<17, tr::Bias::no>>({3});
    check<T, tr::Shape<40, 4, 6>, tr::Conv3x3<33>>({2});
}

TEST_CASE("a network trains alike with cuDNN's convolutions and the backend's own, in one program") {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    CHECK(tinyres_test::relative_difference(train<tr::CudaWithCudnn<>>(), train<tr::Cuda<>>()) < 1e-2);
    cuda_shim::settings.lazy_streams = true; // cuDNN's work waits in the same stream
    CHECK(tinyres_test::relative_difference(train<tr::CudaWithCudnn<>>(), train<tr::Cuda<>>()) < 1e-2);
}

TEST_CASE("only 3x3 convolutions of stride 1 are cuDNN's") {
    using Plan = tr::Plan<Net, tr::CudaWithCudnn<>>;
    static_assert(std::is_same_v<Plan::Operation<0>, tr::Bound<tr::Conv3x3<5>, tr::Shape<3, 8, 6>>>);
    static_assert(!std::is_base_of_v<tr::Kernel<tr::Cuda<>, Plan::Operation<0>>, Plan::KernelOf<0>>);
    static_assert(std::is_base_of_v<tr::Kernel<tr::Cuda<>, Plan::Operation<1>>, Plan::KernelOf<1>>);
    using Strided = tr::Bound<tr::Conv<5, 3, 2, 1>, tr::Shape<3, 8, 6>>;
    static_assert(std::is_base_of_v<tr::Kernel<tr::Cuda<>, Strided>, tr::Kernel<tr::CudaWithCudnn<>, Strided>>);
}

TEST_CASE("what is wrong with cuDNN is said in one line that names the call") {
    const RestoreCudnn restore;
    const auto run = [] { return error_of([] { train<tr::CudaWithCudnn<>>(); }); };
    const std::string remedy = "; the backend Cuda computes the same without cuDNN";
    cudnn_shim::settings.fails = true;
    CHECK(run() == "cuDNN: cudnnConvolutionForward failed: CUDNN_STATUS_EXECUTION_FAILED" + remedy);
    cudnn_shim::settings.workspace = tr::cuda::CudnnConvolution::workspace_bytes + 1;
    CHECK(run() == "cuDNN: cudnnGetConvolutionForwardAlgorithm_v7 for a convolution of 3 to 5 channels of 8 x 6 pixels "
                   "failed: CUDNN_STATUS_NOT_SUPPORTED" +
                       remedy);
    cudnn_shim::settings.usable = false;
    CHECK(run() == "cuDNN: cudnnCreate failed: CUDNN_STATUS_NOT_INITIALIZED" + remedy);
}
