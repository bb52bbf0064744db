#pragma once

#include "tinyres/backend/host/log_probability.hpp"
#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// With p = softmax(outputs): the gradient of an image's loss is p - target, that of the mean loss a `batch`-th of it.
template <OnHost Backend, class In>
struct CrossEntropyKernel {
    using T = typename Backend::Scalar;

    static void run(const Backend&, const LossPass<T>& pass) {
        const T smoothing = static_cast<T>(pass.loss.label_smoothing);
        const T share = smoothing / static_cast<T>(In::size);
        LossSum sum = pass.adds ? *pass.places.sum : LossSum{};
        for (int n = 0; n < pass.batch; ++n) {
            const T* const outputs = pass.outputs + n * In::size;
            const int label = pass.places.labels[n];
            const LogProbability<T> log_probability(outputs, In::size);
            T loss = 0;
            for (int k = 0; k < In::size; ++k) {
                const T target = (k == label ? 1 - smoothing : T{0}) + share;
                const T logarithm = log_probability(outputs[k]);
                loss -= target * logarithm;
                if (pass.gradient)
                    pass.gradient[n * In::size + k] = (std::exp(logarithm) - target) / static_cast<T>(pass.batch);
            }
            sum.loss += static_cast<double>(loss);
            sum.correct += std::max_element(outputs, outputs + In::size) - outputs == label ? 1 : 0;
        }
        *pass.places.sum = sum;
    }
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
