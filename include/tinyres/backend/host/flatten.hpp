#pragma once

#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/layers/flatten.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// (height, width, channels) to (channels, height, width); a single pixel stays where it is.
template <OnHost Backend, class In>
struct FlattenKernel {
    using Scalar = typename Backend::Scalar;
    using Image = Stored<Backend, In>;
    static constexpr KernelNeeds needs{.view = In::pixels == 1 && std::is_same_v<Image, Scalar>};

    static void forward(const Backend&, const ForwardPass<Scalar, Image, Scalar>& pass) {
        for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{pass.batch} * In::size; ++i)
            pass.output[position(i)] = pass.input[i];
    }
    static void backward(const Backend&, const BackwardPass<Scalar, Image, Scalar>& pass) {
        if (!pass.input_gradient) return;
        for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{pass.batch} * In::size; ++i)
            pass.input_gradient[i] = static_cast<Image>(pass.output_gradient[position(i)]);
    }

private:
    static std::ptrdiff_t position(std::ptrdiff_t i) {
        const std::ptrdiff_t pixel = i % In::size / In::channels;
        return i / In::size * In::size + i % In::channels * In::pixels + pixel;
    }
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
