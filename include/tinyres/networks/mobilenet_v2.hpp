#pragma once

#include "tinyres/layers/layers.hpp"
#include "tinyres/networks/repeated.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace mobilenet_v2 {

/// What every convolution but a block's last one is followed by.
template <class Convolution>
using Activated = Sequential<Convolution, BatchNorm, ReLU6>;

/// An inverted residual block: 1x1 convolution to `Factor` times the channels, a depthwise 3x3 one, 1x1 convolution to
/// `Out` channels without an activation. A block that keeps the shape has the shortcut around it.
template <int In, int Out, int Stride, int Factor = 6>
using Changing =
    Sequential<Activated<Conv1x1<Factor * In, Bias::no>>, Activated<DepthwiseConv3x3<Factor * In, Stride, Bias::no>>,
               Conv1x1<Out, Bias::no>, BatchNorm>;
template <int Channels, int Factor = 6>
using Keeping =
    ResBlock<Activated<Conv1x1<Factor * Channels, Bias::no>>,
             Activated<DepthwiseConv3x3<Factor * Channels, 1, Bias::no>>, Conv1x1<Channels, Bias::no>, BatchNorm>;

/// The first block, whose factor is 1, so that it leaves the first convolution out.
template <int In, int Out>
using First = Sequential<Activated<DepthwiseConv3x3<In, 1, Bias::no>>, Conv1x1<Out, Bias::no>, BatchNorm>;

template <class Input, int Classes, class Drop>
using Of = Network<Input, Activated<Conv<32, 3, 2, 1, 1, Bias::no>>,                      //
                   Sequential<First<32, 16>,                                              //
                              Changing<16, 24, 2>, Keeping<24>,                           //
                              Changing<24, 32, 2>, Keeping<32>, Keeping<32>,              //
                              Changing<32, 64, 2>, Keeping<64>, Keeping<64>, Keeping<64>, //
                              Changing<64, 96, 1>, Keeping<96>, Keeping<96>,              //
                              Changing<96, 160, 2>, Keeping<160>, Keeping<160>,           //
                              Changing<160, 320, 1>>,                                     //
                   Activated<Conv1x1<1280, Bias::no>>, GlobalAvgPool, Flatten, Drop, Linear<Classes>>;

} // namespace mobilenet_v2

/// torchvision's `mobilenet_v2`. Images of any size; `Drop` is the dropout before the last layer (`Dropout<0>` for
/// none). Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018).
template <class Input = Image<3, 224, 224>, int Classes = 1000, class Drop = Dropout<20>>
struct MobileNetV2 : mobilenet_v2::Of<Input, Classes, Drop> {};
static_assert(parameter_count<MobileNetV2<>> == 3'504'872);

/// torchvision's.
template <class Input, int Classes, class Drop>
inline constexpr std::array<ModuleName, 4> module_names<MobileNetV2<Input, Classes, Drop>>{{
    {"0", "features.0"},
    {"1.*", "features.#.conv"},
    {"2", "features.18"},
    {"6", "classifier.1"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
