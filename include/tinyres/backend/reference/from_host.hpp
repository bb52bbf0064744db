#pragma once

#include "tinyres/backend/host/cross_entropy.hpp"
#include "tinyres/backend/host/flatten.hpp"
#include "tinyres/backend/host/softmax.hpp"
#include "tinyres/backend/reference/reference.hpp"

namespace tinyres::inline TINYRES_ARCH {

// What all backends in the computer's memory run alike.
template <class T, class In>
struct Kernel<Reference<T>, Bound<Flatten, In>> : HostFlatten<Reference<T>, In> {};
template <class T, class In>
struct Kernel<Reference<T>, Bound<Softmax, In>> : HostSoftmax<Reference<T>, In> {};
template <class T, class In>
struct Kernel<Reference<T>, Bound<LogSoftmax, In>> : HostLogSoftmax<Reference<T>, In> {};
template <class T, class In>
struct Kernel<Reference<T>, Bound<CrossEntropy, In>> : HostCrossEntropy<Reference<T>, In> {};

} // namespace tinyres::inline TINYRES_ARCH
