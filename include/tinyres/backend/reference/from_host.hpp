#pragma once

#include "tinyres/backend/host/flatten.hpp"
#include "tinyres/backend/host/loss.hpp"
#include "tinyres/backend/host/softmax.hpp"
#include "tinyres/backend/reference/reference.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

// What all backends in the computer's memory run alike.
template <class T, class In>
struct Kernel<Reference<T>, Bound<Flatten, In>> : host::FlattenKernel<Reference<T>, In> {};
template <class T, class In>
struct Kernel<Reference<T>, Bound<Softmax, In>> : host::SoftmaxKernel<Reference<T>, In> {};
template <class T, class In>
struct Kernel<Reference<T>, Bound<LogSoftmax, In>> : host::LogSoftmaxKernel<Reference<T>, In> {};
template <class T, Loss L, class In>
struct Kernel<Reference<T>, Bound<L, In>> : host::LossKernel<Reference<T>, L, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
