#pragma once

#include "tinyres/layers/layers.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace s10 {

/// Convolution, normalization, activation, dropout.
template <int Channels, class Norm, class Dropout>
using ConvBlock = Sequential<Conv3x3<Channels>, Norm, ReLU, Dropout>;

/// The same with the image halved before the normalization.
template <int Channels, class Norm, class Dropout>
using DownBlock = Sequential<Conv3x3<Channels>, MaxPool<2>, Norm, ReLU, Dropout>;

/// x + two ConvBlocks.
template <int Channels, class Norm, class Dropout>
using Residual = ResBlock<Conv3x3<Channels>, Norm, ReLU, Dropout, Conv3x3<Channels>, Norm, ReLU, Dropout>;

} // namespace s10

/// The ResNet for CIFAR-10 that was born as cifar10-fast (D. Page, "How to train your ResNet"), with the details of the
/// S10 assignment: biases in the convolutions, Dropout2d of 1% after every ReLU, log-softmax at the end.
/// `Norm` is BatchNorm, GroupNorm<4> or LayerNorm; `Width` the channels of the first block (64 in the original);
/// `Dropout` the dropout layer (Dropout2d<0> for none).
template <class Norm = BatchNorm, int Width = 64, class Dropout = Dropout2d<1>>
using S10Network = Network<                       //  channels x height x width
    Image<3, 32, 32>,                             //         3 x 32 x 32
    s10::ConvBlock<Width, Norm, Dropout>,         //     Width x 32 x 32
    s10::DownBlock<2 * Width, Norm, Dropout>,     // 2 * Width x 16 x 16
    s10::Residual<2 * Width, Norm, Dropout>,      //
    s10::DownBlock<4 * Width, Norm, Dropout>,     // 4 * Width x  8 x  8
    s10::DownBlock<8 * Width, Norm, Dropout>,     // 8 * Width x  4 x  4
    s10::Residual<8 * Width, Norm, Dropout>,      //
    MaxPool<4>, Flatten, Linear<10>, LogSoftmax>; // 10 log-probabilities

/// The original: 6,575,370 parameters.
using S10 = S10Network<>;
static_assert(parameter_count<S10> == 6'575'370);

/// The names of the S10 assignment's reference in PyTorch, so that weights go there and come from there.
template <class Norm, int Width, class Dropout>
inline constexpr std::array<ModuleName, 13> module_names<S10Network<Norm, Width, Dropout>>{{
    {"0", "prep_layer"},
    {"1", "x1"},
    {"2.0", "R1.conv1"},
    {"2.1", "R1.n1"},
    {"2.4", "R1.conv2"},
    {"2.5", "R1.n2"},
    {"3", "layer2"},
    {"4", "x2"},
    {"5.0", "R2.conv1"},
    {"5.1", "R2.n1"},
    {"5.4", "R2.conv2"},
    {"5.5", "R2.n2"},
    {"8", "fc"},
}};

/// S10 for other images and classes, with logits for outputs; the tensors have S10's names. Images of 32 pixels a side
/// and more.
template <class Input = Image<3, 32, 32>, int Classes = 10>
struct S10Logits : Network<Input, s10::ConvBlock<64, BatchNorm, Dropout2d<1>>,
                           s10::DownBlock<128, BatchNorm, Dropout2d<1>>, s10::Residual<128, BatchNorm, Dropout2d<1>>,
                           s10::DownBlock<256, BatchNorm, Dropout2d<1>>, s10::DownBlock<512, BatchNorm, Dropout2d<1>>,
                           s10::Residual<512, BatchNorm, Dropout2d<1>>, MaxPool<4>, Flatten, Linear<Classes>> {};
static_assert(parameter_count<S10Logits<>> == parameter_count<S10>);

template <class Input, int Classes>
inline constexpr auto module_names<S10Logits<Input, Classes>> = module_names<S10>;

} // namespace TINYRES_ARCH
} // namespace tinyres
