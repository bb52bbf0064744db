#pragma once

#include "tinyres/backend/cpu/batch_norm_passes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/dropout_factors.hpp"
#include "tinyres/layers/batch_norm.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// BatchNorm with what follows it in one pass: `Rectify`, a Rectifier, then `Dropout`.
template <class T, class Arch, class Norm, class In, class Rectify, class Dropout>
struct BatchNormKernel {
    using Value = Stored<Cpu<T, Arch>, In>; // vectors stay float in mixed precision
    using Passes = BatchNormPasses<Value, Arch, Rectify>;
    using Normalized = typename Passes::Normalized;
    using Factors = DropoutFactors<Dropout, In::channels>;
    using Backend = Cpu<T, Arch>;

    static constexpr Passes passes{In::channels,         In::pixels,    Norm::settings.scale,
                                   Norm::settings.shift, Norm::epsilon, Norm::momentum};

    // Also kept for backward: the factors of each image.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .takes_moments = true,
                                       .saved_per_image = Factors::bytes_per_image,
                                       .saved_once = Passes::kept_bytes(In::channels),
                                       .scratch_shared = Passes::scratch_bytes(In::channels),
                                       .scratch_per_thread = Passes::scratch_bytes_per_thread(In::channels)};

    static void forward(const Backend& cpu, const ForwardPass<float, Value>& pass) {
        passes.normalize(cpu.threads(), pass.batch, prepare(cpu, pass), pass.output);
    }

    /// All that has to be known before the images can be normalized, in training for backward, too.
    static Normalized prepare(const Backend& cpu, const ForwardPass<float, Value>& pass) {
        float* const factors = pass.training && Factors::any ? reinterpret_cast<float*>(pass.saved) : nullptr;
        if (factors) Factors::draw(cpu.threads(), pass.batch, pass.random, factors);
        return passes.prepare(cpu.threads(), pass, factors);
    }

    /// What `prepare` returned, from what forward kept.
    static Normalized prepared(const BackwardPass<float, Value>& pass) { return passes.prepared(pass, factors(pass)); }

    /// Writes what forward wrote once more, from what it kept.
    static void forward_again(const Backend& cpu, const BackwardPass<float, Value>& pass, Value* output) {
        passes.normalize(cpu.threads(), pass.batch, prepared(pass), output);
    }

    static void backward(const Backend& cpu, const BackwardPass<float, Value>& pass) {
        passes.backward(cpu.threads(), pass, factors(pass));
    }

    /// The sums over the batch that backward needs, for whoever has the output's gradient at hand.
    static GradientSums<Value, Rectify> sums(const BackwardPass<float, Value>& pass, float* parts) {
        return passes.sums(pass, factors(pass), parts);
    }

    /// Backward when the sums of `count` parts are known.
    static void backward_from_parts(const Backend& cpu, const BackwardPass<float, Value>& pass, const float* parts,
                                    std::ptrdiff_t count) {
        passes.backward_from_parts(cpu.threads(), pass, factors(pass), parts, count);
    }

private:
    static const float* factors(const BackwardPass<float, Value>& pass) {
        return Factors::any ? reinterpret_cast<const float*>(pass.saved) : nullptr;
    }
};

} // namespace cpu

template <class T, class Arch, class... Options, class In>
struct Kernel<Cpu<T, Arch>, Bound<BatchNormWith<Options...>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, cpu::Rectifier<>, host::NoDropout> {};

template <class T, class Arch, class... Options, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<BatchNormWith<Options...>, ReLU>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, cpu::Rectifier<ReLU>, host::NoDropout> {};

template <class T, class Arch, class... Options, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<BatchNormWith<Options...>, ReLU6>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, cpu::Rectifier<ReLU6>, host::NoDropout> {};

template <class T, class Arch, class... Options, int Numerator, int Denominator, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<BatchNormWith<Options...>, ReLU, Dropout2d<Numerator, Denominator>>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, cpu::Rectifier<ReLU>,
                           Dropout2d<Numerator, Denominator>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
