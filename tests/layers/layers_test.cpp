#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tr = tinyres;

namespace {

constexpr tr::Dims image{6, 8, 4, false};
constexpr tr::Dims vector{6, 1, 1, true};
constexpr auto none = tr::Refusal::none;
constexpr auto needs_image = tr::Refusal::it_needs_an_image_but_gets_a_flat_vector;
using tr::ConvolutionRefusal;
constexpr auto needs_vector = tr::Refusal::it_needs_a_flat_vector_so_put_Flatten_before_it;

constexpr bool has_shape(const tr::TensorSpec& spec, std::initializer_list<int> shape) {
    if (spec.rank != static_cast<int>(shape.size())) return false;
    int axis = 0;
    for (const int size : shape)
        if (spec.shape[static_cast<std::size_t>(axis++)] != size) return false;
    return true;
}

/// The tensors of a layer on `image`.
template <class Layer, tr::Dims in = image>
constexpr tr::TensorList tensors = Layer::tensors(in);

} // namespace

TEST_CASE("Conv3x3 keeps the image's size, changes its channels and owns OIHW weights and a bias") {
    using Layer = tr::Conv3x3<10>;
    static_assert(Layer::name == "Conv2d");
    static_assert(Layer::refuses(image) == ConvolutionRefusal::none);
    static_assert(Layer::refuses(vector) == ConvolutionRefusal::it_needs_an_image_but_gets_a_flat_vector);
    static_assert(Layer::output(image) == tr::Dims{10, 8, 4, false});
    constexpr const tr::TensorList& list = tensors<Layer>;
    static_assert(list.count == 2 && list.size(tr::Role::parameter) == 10 * 6 * 9 + 10);
    static_assert(list.specs[0].name == "weight" && has_shape(list.specs[0], {10, 6, 3, 3}));
    static_assert(list.specs[0].layout == tr::Layout::hwio_of_oihw && list.specs[0].initial == tr::Initial::weight);
    static_assert(list.specs[1].name == "bias" && has_shape(list.specs[1], {10}));
    static_assert(list.specs[1].initial == tr::Initial::bias);
    static_assert(list.specs[0].fan_in == 54 && list.specs[1].fan_in == 54);
}

TEST_CASE(
    "Conv takes kernel, stride, padding, groups, bias and dilation in PyTorch's order, one number or two of each") {
    using tr::by;
    using tr::Conv;
    static_assert(Conv<10, 3>::output(image) == tr::Dims{10, 6, 2, false});
    static_assert(Conv<10, 3, 2, 1>::output(image) == tr::Dims{10, 4, 2, false});
    static_assert(Conv<10, 7, 2, 3>::output(tr::Dims{3, 224, 224, false}) == tr::Dims{10, 112, 112, false});
    static_assert(Conv<10, 3, 1, 2, 1, tr::Bias::yes, 2>::output(image) == tr::Dims{10, 8, 4, false});
    static_assert(Conv<10, 1, 4>::output(image) == tr::Dims{10, 2, 1, false});
    static_assert(Conv<10, by(1, 7), 1, by(0, 3)>::output(image) == tr::Dims{10, 8, 4, false});
    static_assert(Conv<10, by(4, 2), by(3, 1), by(2, 0)>::output(image) == tr::Dims{10, 3, 3, false});
    static_assert(has_shape(tensors<Conv<10, by(1, 7), 1, by(0, 3)>>.specs[0], {10, 6, 1, 7}));
    static_assert(tensors<Conv<10, by(1, 7), 1, by(0, 3)>>.specs[0].fan_in == 42);
}

TEST_CASE("A group's filters see the group's channels alone") {
    using Grouped = tr::Conv<10, 3, 1, 1, 2>;
    static_assert(has_shape(tensors<Grouped>.specs[0], {10, 3, 3, 3}) && has_shape(tensors<Grouped>.specs[1], {10}));
    static_assert(tensors<Grouped>.specs[0].fan_in == 27 && tensors<Grouped>.specs[1].fan_in == 27);
    using Depthwise = tr::DepthwiseConv3x3<6, 2>;
    static_assert(Depthwise::output(image) == tr::Dims{6, 4, 2, false});
    static_assert(has_shape(tensors<Depthwise>.specs[0], {6, 1, 3, 3}) && tensors<Depthwise>.specs[0].fan_in == 9);
}

TEST_CASE("The short names of convolutions are those of Conv with their numbers") {
    static_assert(std::is_same_v<tr::Conv1x1<5>, tr::Conv<5, 1>>);
    static_assert(std::is_same_v<tr::Conv3x3<5>, tr::Conv<5, 3, 1, 1>>);
    static_assert(std::is_same_v<tr::Conv5x5<5, tr::Bias::no>, tr::Conv<5, 5, 1, 2, 1, tr::Bias::no>>);
    static_assert(std::is_same_v<tr::DepthwiseConv3x3<6, 2>, tr::Conv<6, 3, 2, 1, 6>>);
    static_assert(std::is_same_v<tr::Conv<5, tr::by(3, 3), 1, tr::by(1, 1)>, tr::Conv3x3<5>>);
    static_assert(tr::is_convolution<tr::Conv<5, 2>> && !tr::is_convolution<tr::Linear<5>>);
}

TEST_CASE("A convolution refuses numbers that are out of range and images that its filter does not fit into") {
    using enum ConvolutionRefusal;
    using tr::by;
    using tr::Conv;
    static_assert(Conv<10, 0>::refuses(image) == the_kernel_must_be_between_1_and_11);
    static_assert(Conv<10, by(1, 12), 1, 8>::refuses(image) == the_kernel_must_be_between_1_and_11);
    static_assert(Conv<10, 1, 0>::refuses(image) == the_stride_must_be_between_1_and_4);
    static_assert(Conv<10, 1, by(1, 5)>::refuses(image) == the_stride_must_be_between_1_and_4);
    static_assert(Conv<10, 1, 1, -1>::refuses(image) == the_padding_must_be_between_0_and_16);
    static_assert(Conv<10, 1, 1, by(17, 0)>::refuses(image) == the_padding_must_be_between_0_and_16);
    static_assert(Conv<10, 3, 1, by(-1, 3)>::refuses(image) == the_padding_must_be_between_0_and_16);
    static_assert(Conv<10, by(1, 1027)>::refuses(image) == the_kernel_must_be_between_1_and_11);
    static_assert(Conv<10, 1027>::refuses(image) == the_kernel_must_be_between_1_and_11);
    static_assert(Conv<10, 1, 1, 0, 1, tr::Bias::yes, 17>::refuses(image) == the_dilation_must_be_between_1_and_16);
    constexpr auto must_divide = the_groups_must_divide_the_channels_of_its_input_and_output;
    static_assert(Conv<10, 1, 1, 0, 4>::refuses(image) == must_divide); // neither
    static_assert(Conv<10, 1, 1, 0, 5>::refuses(image) == must_divide); // the output's only
    static_assert(Conv<10, 1, 1, 0, 3>::refuses(image) == must_divide); // the input's only
    static_assert(Conv<10, 1, 1, 0, 0>::refuses(image) == must_divide);
    static_assert(Conv<10, 1, 1, 0, 2>::refuses(image) == none);
    static_assert(Conv<10, by(8, 4)>::refuses(image) == none);
    static_assert(Conv<10, 5>::refuses(image) == the_kernel_is_larger_than_the_padded_image); // in width
    static_assert(Conv<10, by(9, 1)>::refuses(image) == the_kernel_is_larger_than_the_padded_image);
    static_assert(Conv<10, 3, 1, 0, 1, tr::Bias::yes, 2>::refuses(image) == the_kernel_is_larger_than_the_padded_image);
    static_assert(Conv<10, 11, 4, 16, 1, tr::Bias::yes, 2>::refuses(image) == none);
}

TEST_CASE("Conv3x3 and Linear can do without a bias") {
    static_assert(tensors<tr::Conv3x3<10, tr::Bias::no>>.count == 1);
    static_assert(tensors<tr::Conv3x3<10, tr::Bias::no>>.size(tr::Role::parameter) == 540);
    static_assert(tensors<tr::Linear<5, tr::Bias::no>, vector>.count == 1);
    static_assert(tensors<tr::Linear<5, tr::Bias::no>, vector>.size(tr::Role::parameter) == 30);
}

TEST_CASE("BatchNorm owns weight and bias and records mean and variance") {
    using Layer = tr::BatchNorm;
    static_assert(Layer::name == "BatchNorm2d");
    static_assert(Layer::epsilon == 1e-5 && Layer::momentum == 0.1);
    constexpr auto takes = tr::BatchNormRefusal::none;
    static_assert(Layer::refuses(image) == takes && Layer::refuses(vector) == takes);
    static_assert(Layer::output(image) == image && Layer::output(vector) == vector);
    constexpr const tr::TensorList& list = tensors<Layer>;
    static_assert(list.count == 4);
    static_assert(list.size(tr::Role::parameter) == 12 && list.size(tr::Role::running_statistic) == 12);
    static_assert(list.specs[0].name == "weight" && list.specs[0].initial == tr::Initial::ones);
    static_assert(list.specs[1].name == "bias" && list.specs[1].initial == tr::Initial::zeros);
    static_assert(list.specs[2].name == "running_mean" && list.specs[2].initial == tr::Initial::zeros);
    static_assert(list.specs[3].name == "running_var" && list.specs[3].initial == tr::Initial::ones);
}

TEST_CASE("BatchNorm's options may come in any order, and each may be left out") {
    using Layer = tr::BatchNormWith<tr::WithoutShift, tr::Epsilon<1, 1000>, tr::Momentum<1, 100>>;
    static_assert(Layer::epsilon == 1e-3 && Layer::momentum == 0.01);
    constexpr const tr::TensorList& list = tensors<Layer>;
    static_assert(list.count == 3 && list.specs[0].name == "weight" && list.specs[1].name == "running_mean");
    static_assert(tensors<tr::BatchNormWith<tr::WithoutScale>>.specs[0].name == "bias");
    static_assert(tensors<tr::BatchNormWith<tr::WithoutScale, tr::WithoutShift>>.size(tr::Role::parameter) == 0);
    static_assert(tr::is_batch_norm<tr::BatchNorm> && tr::is_batch_norm<Layer> && !tr::is_batch_norm<tr::ReLU>);
    using enum tr::BatchNormRefusal;
    static_assert(tr::BatchNormWith<tr::Momentum<3, 2>>::refuses(image) == the_momentum_must_be_between_0_and_1);
    static_assert(tr::BatchNormWith<tr::Momentum<1, 0>>::refuses(image) == the_momentum_must_be_between_0_and_1);
    static_assert(tr::BatchNormWith<tr::Epsilon<0, 9>>::refuses(image) == the_epsilon_must_be_positive);
}

TEST_CASE("GroupNorm's groups divide the channels; LayerNorm is one group") {
    static_assert(tr::GroupNorm<3>::name == "GroupNorm");
    static_assert(tr::GroupNorm<3>::refuses(image) == none && tr::GroupNorm<3>::refuses(vector) == needs_image);
    static_assert(tr::GroupNorm<4>::refuses(image) == tr::Refusal::the_groups_must_divide_the_channels);
    static_assert(tr::GroupNorm<-1>::refuses(image) == tr::Refusal::there_must_be_at_least_one_group);
    static_assert(tr::GroupNorm<3>::output(image) == image);
    static_assert(std::is_same_v<tr::LayerNorm, tr::GroupNorm<1>>);
    constexpr const tr::TensorList& list = tensors<tr::GroupNorm<3>>;
    static_assert(list.count == 2 && list.size(tr::Role::parameter) == 12);
    static_assert(list.size(tr::Role::running_statistic) == 0);
    static_assert(list.specs[0].initial == tr::Initial::ones && list.specs[1].initial == tr::Initial::zeros);
}

TEST_CASE("ReLU, Dropout and Dropout2d take everything and own nothing") {
    static_assert(tr::ReLU::refuses(image) == none && tr::ReLU::refuses(vector) == none);
    static_assert(tr::ReLU::output(vector) == vector && tensors<tr::ReLU>.count == 0);
    static_assert(tr::ReLU::name == "ReLU");
    static_assert(tr::Dropout2d<1>::name == "Dropout2d");
    static_assert(tr::Dropout2d<1>::probability == 0.01);
    static_assert(tr::Dropout2d<1, 8>::probability == 0.125);
    static_assert(tr::Dropout2d<0>::probability == 0.0);
    static_assert(tr::Dropout2d<1>::output(image) == image && tensors<tr::Dropout2d<1>>.count == 0);
    constexpr auto no_probability = tr::Refusal::the_probability_must_be_at_least_0_and_less_than_1;
    static_assert(tr::Dropout2d<99>::refuses(image) == none && tr::Dropout2d<100>::refuses(image) == no_probability);
    static_assert(tr::Dropout2d<-1>::refuses(image) == no_probability);
    static_assert(tr::Dropout<50>::name == "Dropout" && tr::Dropout<1, 8>::probability == 0.125);
    static_assert(tr::Dropout<50>::output(vector) == vector && tr::draws_random_numbers<tr::Dropout<50>>);
    static_assert(tr::Dropout<99>::refuses(vector) == none && tr::Dropout<1, 0>::refuses(image) == no_probability);
}

TEST_CASE("activation functions take everything, keep the shape and own nothing, but PReLU has slopes") {
    static_assert(tr::ActivationLayer<tr::GELU<>> && tr::ActivationLayer<tr::LeakyReLU<>>);
    static_assert(!tr::ActivationLayer<tr::PReLU<>> && !tr::ActivationLayer<tr::ReLU> && !tr::ActivationLayer<int>);
    static_assert(tr::Sigmoid::refuses(image) == none && tr::Sigmoid::output(vector) == vector);
    static_assert(tensors<tr::ELU<>>.count == 0);
    static_assert(tr::LeakyReLU<>::slope == 0.01 && tr::LeakyReLU<1, 8>::slope == 0.125);
    static_assert(tr::ELU<>::alpha == 1.0 && tr::CELU<1, 2>::alpha == 0.5);
    static_assert(tr::LeakyReLU<1, 0>::refuses(image) == tr::Refusal::the_denominator_must_not_be_0);
    static_assert(tr::ScaleBy<1, 8>::factor == 0.125 && tr::ScaleBy<3>::value(2.0) == 6.0);
    static_assert(tr::ScaleBy<1, 0>::refuses(image) == tr::Refusal::the_denominator_must_not_be_0);
    static_assert(tr::ELU<0>::refuses(image) == tr::Refusal::alpha_must_be_positive);
    static_assert(tr::CELU<1, 0>::refuses(image) == tr::Refusal::alpha_must_be_positive);
    static_assert(tr::ReLU6::value(7.0) == 6.0 && tr::Hardsigmoid::value(0.0) == 0.5); // also by the compiler
    constexpr const tr::TensorList& one = tensors<tr::PReLU<>>;
    static_assert(one.count == 1 && one.specs[0].name == "weight" && has_shape(one.specs[0], {1}));
    static_assert(one.specs[0].initial == tr::Initial::constant && one.specs[0].initial_value == 0.25);
    static_assert(has_shape(tensors<tr::PReLU<tr::Slopes::per_channel>>.specs[0], {6}));
}

TEST_CASE("Flatten makes one vector of an image") {
    static_assert(tr::Flatten::name == "Flatten");
    static_assert(tr::Flatten::refuses(image) == none && tr::Flatten::refuses(vector) == needs_image);
    static_assert(tr::Flatten::output(image) == tr::Dims{192, 1, 1, true});
}

TEST_CASE("Linear takes a vector and owns OI weights and a bias") {
    using Layer = tr::Linear<5>;
    static_assert(Layer::name == "Linear");
    static_assert(Layer::refuses(vector) == none && Layer::refuses(image) == needs_vector);
    static_assert(Layer::refuses(tr::Dims{6, 1, 1, false}) == needs_vector);
    static_assert(Layer::output(vector) == tr::Dims{5, 1, 1, true});
    constexpr const tr::TensorList& list = tensors<Layer, vector>;
    static_assert(list.count == 2 && list.size(tr::Role::parameter) == 35);
    static_assert(has_shape(list.specs[0], {5, 6}) && list.specs[0].layout == tr::Layout::io_of_oi);
    static_assert(has_shape(list.specs[1], {5}) && list.specs[0].fan_in == 6 && list.specs[1].fan_in == 6);
}

TEST_CASE("Softmax and LogSoftmax take a vector") {
    static_assert(tr::Softmax::refuses(vector) == none && tr::Softmax::refuses(image) == needs_vector);
    static_assert(tr::LogSoftmax::refuses(vector) == none && tr::LogSoftmax::refuses(image) == needs_vector);
    static_assert(tr::Softmax::output(vector) == vector && tr::LogSoftmax::output(vector) == vector);
    static_assert(tr::Softmax::name == "Softmax" && tr::LogSoftmax::name == "LogSoftmax");
}
