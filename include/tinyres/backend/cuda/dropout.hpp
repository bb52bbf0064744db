#pragma once

#include "tinyres/backend/cuda/dropout2d.hpp"
#include "tinyres/layers/dropout.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Values that are dropped by themselves are channels of a single pixel.
template <class T, int Numerator, int Denominator, class In>
struct Kernel<Cuda<T>, Bound<Dropout<Numerator, Denominator>, In>>
    : cuda::Dropout2dKernel<T, Numerator, Denominator, ShapeOf<In::size, 1, 1, In::dims.flat>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
