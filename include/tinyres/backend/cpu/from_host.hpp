#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/host/flatten.hpp"
#include "tinyres/backend/host/loss.hpp"
#include "tinyres/backend/host/softmax.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

// What all backends in the computer's memory run alike.
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Flatten, In>> : host::FlattenKernel<Cpu<T, Arch>, In> {};
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Softmax, In>> : host::SoftmaxKernel<Cpu<T, Arch>, In> {};
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<LogSoftmax, In>> : host::LogSoftmaxKernel<Cpu<T, Arch>, In> {};
template <class T, class Arch, Loss L, class In>
struct Kernel<Cpu<T, Arch>, Bound<L, In>> : host::LossKernel<Cpu<T, Arch>, L, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
