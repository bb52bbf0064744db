#pragma once

#include "tinyres/backend/host/log_probability.hpp"
#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/operation.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// An image as a loss sees it on the processor.
template <class T>
class LossImage : public tinyres::LossImage<T> {
public:
    using tinyres::LossImage<T>::LossImage;

    template <class Function>
    T sum(const Function& function) const {
        T sum = 0;
        for (int k = 0; k < this->count(); ++k) sum += function(k);
        return sum;
    }
    auto log_softmax() const {
        return [outputs = this->first_output(),
                log_probability = LogProbability<T>(this->first_output(), this->count())](int k) {
            return log_probability(outputs[k]);
        };
    }
};

/// Whether the image is predicted right.
template <class T>
bool is_right(const LossImage<T>& image, TargetKind kind) {
    const T* const outputs = image.first_output();
    const auto greatest = std::max_element(outputs, outputs + image.count()) - outputs;
    if (image.label() >= 0) return greatest == image.label();
    if (kind == TargetKind::distribution) {
        int wanted = 0;
        for (int k = 1; k < image.count(); ++k)
            if (image.target(k) > image.target(wanted)) wanted = k;
        return greatest == wanted;
    }
    for (int k = 0; k < image.count(); ++k)
        if ((image.output(k) > 0) != (image.target(k) > T{0.5})) return false;
    return true;
}

/// A loss, image after image.
template <OnHost Backend, Loss L, class In>
struct LossKernel {
    using T = typename Backend::Scalar;

    static void run(const Backend&, const LossPass<T, L>& pass) {
        const int counted = counted_outputs(pass.loss, In::size);
        const auto image_of = [&](int n) { return LossImage<T>(pass.outputs, In::size, counted, pass.places, n); };
        T images = static_cast<T>(pass.batch); // that the mean is over
        if (pass.places.weights && pass.gradient) {
            images = 0;
            for (int n = 0; n < pass.batch; ++n) images += share_in_mean(pass.loss, image_of(n));
        }
        const bool judges = pass.places.labels || L::targets != TargetKind::numbers;
        LossSum sum = pass.adds ? *pass.places.sum : LossSum{};
        for (int n = 0; n < pass.batch; ++n) {
            const LossImage<T> image = image_of(n);
            const auto term = pass.loss.terms(image);
            T loss = 0;
            for (int k = 0; k < counted; ++k) {
                const T derivative = term(k, loss);
                if (pass.gradient) pass.gradient[n * In::size + k] = derivative / images;
            }
            if (pass.gradient)
                std::fill(&pass.gradient[n * In::size + counted], &pass.gradient[(n + 1) * In::size], T{0});
            sum.loss += static_cast<double>(loss);
            sum.weight += pass.places.weights ? static_cast<double>(share_in_mean(pass.loss, image)) : 1.0;
            if (!judges) continue;
            ++sum.judged;
            sum.correct += is_right(image, L::targets) ? 1 : 0;
        }
        *pass.places.sum = sum;
    }
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
