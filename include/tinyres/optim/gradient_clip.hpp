#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Clips gradients by their norm, that of all gradients as one vector, between `train_step` and the optimizer's step:
///
///     gradients *= min(1, max_norm / (norm + 1e-6))
///
/// PyTorch's `clip_grad_norm_`. Gradients of frozen parameters do not count. The norm is summed in double, in an order
/// that does not depend on threads. With a norm that is not finite the gradients become 0 or no numbers, as there.
template <class Backend>
class GradientClip {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    GradientClip(const Model<Network, Backend>& model, double max_norm)
        : clip_{max_norm},
          // Each tensor that stands by itself, between frozen ones, may begin a slice.
          sums_(model.backend().template allocate<std::byte>(
              sizeof(double) * (NormClip::slices(model.parameters().size()) + network_tensors<Network>.size()))),
          norm_(model.backend().template allocate<Scalar>(1)) {
        if (!(max_norm > 0 && std::isfinite(max_norm)))
            throw Error("gradient clipping: the maximal norm must be positive");
    }

    /// Clips the gradients that `train_step` left. Allocates nothing and does not wait.
    template <class Network>
    void operator()(Model<Network, Backend>& model) {
        using Kernels = Kernel<Backend, NormClip>;
        const Backend& backend = model.backend();
        Scalar* const gradients = model.gradients().data();
        auto* const sums = reinterpret_cast<double*>(sums_.data());
        std::size_t slices = 0;
        const auto measure = [&](std::size_t begin, std::size_t end) {
            if (begin == end) return;
            Kernels::sum_squares(backend, gradients + begin, end - begin, sums + slices);
            slices += NormClip::slices(end - begin);
        };
        std::size_t begin = 0, end = 0, tensor = 0; // of the trained tensors that lie side by side
        for (const NetworkTensor& one : network_tensors<Network>) {
            if (one.spec.role != Role::parameter) continue;
            const std::size_t after = end + static_cast<std::size_t>(one.spec.size());
            if (model.is_frozen(tensor++)) {
                measure(begin, end);
                begin = after;
            }
            end = after;
        }
        measure(begin, end);
        Kernels::find_norm(backend, sums, slices, norm_.data());
        Kernels::apply(backend, clip_, norm_.data(), model.gradients().size(), gradients);
    }

    /// The norm before the last clipping, rounded to float. Waits for an asynchronous backend.
    float norm(const Backend& backend) const {
        float norm = 0.0f;
        backend.download(norm_.data(), std::span<float>(&norm, 1));
        return norm;
    }

private:
    NormClip clip_;
    typename Backend::template Buffer<std::byte> sums_;
    typename Backend::template Buffer<Scalar> norm_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
