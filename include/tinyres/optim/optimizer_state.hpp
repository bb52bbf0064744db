#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"

#include <cmath>
#include <cstdint>
#include <string_view>

namespace tinyres::inline TINYRES_ARCH {

/// A buffer that an optimizer keeps beside the parameters, with PyTorch's name for it ("exp_avg").
template <class Scalar>
struct Moment {
    std::string_view name;
    std::span<Scalar> values; ///< laid out as the parameters
};

/// Throws unless `valid`; `what` is one line that names the option.
inline void require(bool valid, const char* what) {
    if (!valid) throw Error(what);
}

} // namespace tinyres::inline TINYRES_ARCH
