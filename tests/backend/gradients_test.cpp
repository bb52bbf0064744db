#include "tinyres/layers/layers.hpp"
#include "tinyres/model/check_gradients.hpp"
#include "tinyres/networks/s10.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// The reference backend's gradients against finite differences.
template <class Input, class... Layers>
void check(std::initializer_list<int> batches = {1, 3}) {
    using Net = tr::Network<Input, Layers...>;
    for (const int batch : batches) {
        const tr::GradientCheck check = tr::check_gradients<Net>(batch);
        CAPTURE(Net::nodes[0].name);
        CAPTURE(batch);
        CAPTURE(check.worst_tensor);
        CHECK(check.worst_error < 1e-6);
        CHECK(check.checked >= std::min(40, Input::size));
    }
}

/// y = x^2, with a kernel whose gradient can be made wrong.
template <bool Right>
struct Square : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};

} // namespace

namespace tinyres {

template <class T, bool Right, class In>
struct Kernel<Reference<T>, Bound<Square<Right>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[i] = pass.input[i] * pass.input[i];
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.input_gradient[i] = (Right ? T{2} : T{1}) * pass.input[i] * pass.output_gradient[i];
    }
};

} // namespace tinyres

TEST_CASE("the reference's convolution has the gradients of finite differences") {
    check<tr::Image<3, 5, 4>, tr::Conv3x3<4>>();
    check<tr::Image<1, 1, 1>, tr::Conv3x3<2>>();
    check<tr::Image<2, 1, 7>, tr::Conv3x3<3, tr::Bias::no>>();
    check<tr::Image<2, 6, 2>, tr::Conv3x3<5>>();
}

TEST_CASE("the reference's convolutions of any kind have the gradients of finite differences") {
    using tr::by;
    check<tr::Image<3, 4, 5>, tr::Conv1x1<4>>();
    check<tr::Image<3, 7, 6>, tr::Conv<4, 3, 2, 1>>();
    check<tr::Image<2, 9, 4>, tr::Conv<3, by(4, 2), by(3, 1), by(2, 0)>>();
    check<tr::Image<2, 7, 6>, tr::Conv<3, 3, 2, 2, 1, tr::Bias::no, 2>>();
    check<tr::Image<4, 5, 4>, tr::Conv<6, 3, 1, 0, 2>>();
    check<tr::Image<4, 6, 5>, tr::DepthwiseConv3x3<4, 2>>();
}

TEST_CASE("the reference's normalizations have the gradients of finite differences") {
    check<tr::Image<3, 6, 4>, tr::BatchNorm>();
    check<tr::Image<3, 1, 1>, tr::BatchNorm>({3});
    check<tr::Image<4, 5, 3>, tr::GroupNorm<2>>();
    check<tr::Image<4, 5, 3>, tr::GroupNorm<4>>();
    check<tr::Image<3, 5, 3>, tr::LayerNorm>();
}

TEST_CASE("the reference's other layers have the gradients of finite differences") {
    check<tr::Image<3, 6, 4>, tr::MaxPool<2>>();
    check<tr::Image<3, 6, 3>, tr::MaxPool<3>>();
    check<tr::Image<3, 6, 4>, tr::ReLU>();
    check<tr::Image<4, 3, 3>, tr::Dropout2d<30>>();
    check<tr::Image<4, 3, 2>, tr::Flatten>();
    check<tr::Image<4, 3, 2>, tr::Flatten, tr::Linear<7>>();
    check<tr::Image<4, 3, 2>, tr::Flatten, tr::Linear<7, tr::Bias::no>>();
    check<tr::Image<7, 1, 1>, tr::Flatten, tr::Softmax>();
    check<tr::Image<7, 1, 1>, tr::Flatten, tr::LogSoftmax>();
}

TEST_CASE("the reference's overlapping and averaging pools have the gradients of finite differences") {
    check<tr::Image<3, 7, 6>, tr::MaxPool<3, 2, 1>, tr::MaxPool<2>>();
    check<tr::Image<3, 7, 6>, tr::AvgPool<3, 2, 1>, tr::Upsample<3>, tr::AvgPool<2, 3, 1, tr::CountPadding::no>,
          tr::Dropout<30>>();
    check<tr::Image<3, 5, 4>, tr::GlobalAvgPool, tr::Flatten, tr::Linear<3>>();
}

TEST_CASE("the reference's BatchNorm with options and of vectors has the gradients of finite differences") {
    check<tr::Image<3, 4, 3>, tr::BatchNormWith<tr::WithoutScale, tr::Epsilon<1, 10>>,
          tr::BatchNormWith<tr::WithoutShift>>({3});
    check<tr::Image<3, 2, 2>, tr::Flatten, tr::BatchNormWith<tr::WithoutShift, tr::WithoutScale>, tr::Linear<3>,
          tr::BatchNorm>({3});
}

TEST_CASE("residual blocks have the gradients of finite differences") {
    check<tr::Image<4, 4, 4>, tr::ResBlock<tr::Conv3x3<4>>>();
    check<tr::Image<4, 4, 4>, tr::Conv3x3<4>,
          tr::ResBlock<tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU, tr::ResBlock<tr::Conv3x3<4>>>,
          tr::ResBlock<tr::ResBlock<tr::GroupNorm<2>>, tr::ResBlock<tr::Conv3x3<4>>>>();
    check<tr::Image<4, 2, 2>, tr::Flatten, tr::ResBlock<tr::Linear<16>, tr::ReLU, tr::Linear<16>>, tr::Softmax>();
}

TEST_CASE("joined branches have the gradients of finite differences") {
    check<tr::Image<4, 4, 4>, tr::Residual<tr::Conv3x3<3>, tr::Conv3x3<3>>>();
    check<tr::Image<4, 4, 4>, tr::Concat<tr::Identity, tr::Conv3x3<3>, tr::Identity>>();
    check<tr::Image<4, 1, 1>, tr::Flatten, tr::Concat<tr::Linear<3>, tr::Identity>, tr::Softmax>();
    check<tr::Image<3, 4, 4>, tr::Scale<tr::MaxPool<4>>>();
    check<tr::Image<3, 4, 4>, tr::Scale<tr::Flatten, tr::Linear<3>>>();
    check<tr::Image<3, 4, 4>, tr::Scale<tr::Conv3x3<3>>>();
    check<tr::Image<3, 4, 4>, tr::Residual<tr::Identity, tr::Identity>>();
}

TEST_CASE("branches in branches in branches have the gradients of finite differences") {
    check<tr::Image<4, 4, 4>, tr::Residual<tr::Sequential<tr::Conv3x3<6>, tr::Scale<tr::Flatten, tr::Linear<6>>>,
                                           tr::Concat<tr::Conv3x3<2>, tr::ResBlock<tr::Scale<tr::Conv3x3<4>>>>>>({3});
}

TEST_CASE("a narrow S10 has the gradients of finite differences") {
    CHECK(tr::check_gradients<tr::S10Network<tr::BatchNorm, 1>>(2, 1, 5).worst_error < 1e-5);
    CHECK(tr::check_gradients<tr::S10Network<tr::LayerNorm, 1>>(2, 1, 5).worst_error < 1e-5);
}

TEST_CASE("check_gradients passes a layer of one's own whose gradient is right and convicts a wrong one") {
    check<tr::Image<3, 4, 4>, Square<true>>();
    const tr::GradientCheck check = tr::check_gradients<tr::Network<tr::Image<3, 4, 4>, Square<false>>>(2);
    CHECK(check.worst_error > 0.1);
    CHECK(check.worst_tensor == "0.offset");
}
