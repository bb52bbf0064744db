#pragma once

#include "tinyres/losses/cross_entropy.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/random/philox.hpp"

#include <concepts>
#include <cstddef>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {

// What a backend brings beside kernels, a concept for each part so that the compiler names the one that is missing.

/// `Scalar` is what parameters, statistics and vectors are computed in, `Storage` what images are stored as; `on_host`
/// says whether the processor reads its memory directly.
template <class B>
concept HasNumberTypes = requires {
    typename B::Scalar;
    typename B::Storage;
    { B::on_host } -> std::convertible_to<bool>;
};

/// `Buffer<T>`, movable, owns memory of the backend; `allocate<T>(count)` gives one with `count` elements, all zero,
/// aligned to 64 bytes.
template <class B>
concept AllocatesBuffers = requires(const B& backend, typename B::template Buffer<typename B::Scalar>& buffer) {
    requires std::movable<typename B::template Buffer<typename B::Scalar>>;
    requires std::default_initializable<typename B::template Buffer<std::byte>>;
    {
        backend.template allocate<typename B::Scalar>(std::size_t{})
        } -> std::same_as<typename B::template Buffer<typename B::Scalar>>;
    { backend.template allocate<std::byte>(std::size_t{}) } -> std::same_as<typename B::template Buffer<std::byte>>;
    { buffer.data() } -> std::same_as<typename B::Scalar*>;
    { buffer.size() } -> std::convertible_to<std::size_t>;
    { buffer.span() } -> std::convertible_to<std::span<typename B::Scalar>>;
};

/// `upload(floats, to)` and `download(from, floats)` convert between the computer's floats and the backend's memory.
template <class B>
concept MovesFloats = requires(const B& backend, std::span<const float> from, std::span<float> to,
                               typename B::Scalar* scalars, typename B::Storage* images) {
    backend.upload(from, scalars);
    backend.upload(from, images);
    backend.download(static_cast<const typename B::Scalar*>(scalars), to);
};

/// `fetch(from)` gives a value in the backend's memory, or what will be it: an object with `ready()` and `get()`.
template <class B>
concept FetchesValues = requires(const B& backend, const LossSum* sum) {
    backend.fetch(sum);
};

/// `threads()`: how many pieces of a kernel's scratch for each thread the plan must provide.
template <class B>
concept CountsThreads = requires(const B& backend) {
    { backend.threads() } -> std::convertible_to<int>;
};

/// `LossMemory`: where the loss of batches is computed. `reserve(backend, images)` makes room; `place(backend, batch,
/// weights, images)` puts the batch's images where the network reads them and says where labels, targets, the loss's
/// weights and the loss are.
template <class B>
concept HasLossMemory = requires(const B& backend, typename B::LossMemory& memory, const Batch& batch,
                                 typename B::Storage* images) {
    requires std::default_initializable<typename B::LossMemory>;
    memory.reserve(backend, 1);
    { memory.place(backend, batch, std::span<const float>{}, images) } -> std::same_as<LossPlaces>;
};

/// `Steps`: runs the training steps of one model, `run(backend, images, loss, places, random, step)`, and may record
/// them; `forget()` when memory has moved.
template <class B>
concept RunsSteps = requires(const B& backend, typename B::Steps& steps, void (*step)(const B&)) {
    requires std::default_initializable<typename B::Steps>;
    steps.run(backend, 1, CrossEntropy{}, LossPlaces{}, RandomKey{}, step);
    steps.forget();
};

/// A backend: all of these. What it computes are kernels (plan/kernel.hpp).
template <class B>
concept CompleteBackend = HasNumberTypes<B> && AllocatesBuffers<B> && MovesFloats<B> && FetchesValues<B> &&
    CountsThreads<B> && HasLossMemory<B> && RunsSteps<B>;

} // namespace TINYRES_ARCH
} // namespace tinyres
