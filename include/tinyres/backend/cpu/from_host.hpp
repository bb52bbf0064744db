#pragma once

#include "tinyres/backend/host/cross_entropy.hpp"
#include "tinyres/backend/host/flatten.hpp"
#include "tinyres/backend/host/softmax.hpp"
#include "tinyres/backend/cpu/cpu.hpp"

namespace tinyres::inline TINYRES_ARCH {

// What all backends in the computer's memory run alike.
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Flatten, In>> : HostFlatten<Cpu<T, Arch>, In> {};
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Softmax, In>> : HostSoftmax<Cpu<T, Arch>, In> {};
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<LogSoftmax, In>> : HostLogSoftmax<Cpu<T, Arch>, In> {};
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<CrossEntropy, In>> : HostCrossEntropy<Cpu<T, Arch>, In> {};

} // namespace tinyres::inline TINYRES_ARCH
