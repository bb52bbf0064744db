#pragma once

#include "tinyres/backend/cuda/transfer.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Copies values to the GPU asynchronously: they are written to one of two transfers, by turns, from where
/// the stream copies them when it gets there. A caller waits only if the upload before the last is not done yet, so
/// one batch is prepared while the one before it is trained on.
class Uploads {
public:
    /// `to` becomes `from`, converted to `U`, for whatever comes later in the stream. `from` may change when it
    /// returns.
    template <class From, class U>
    void send(std::span<const From> from, U* to, cudaStream_t stream) {
        if (from.empty()) return;
        const std::lock_guard lock(mutex_);
        Transfer& transfer = transfers_[next_];
        next_ = 1 - next_;
        transfer.wait();
        const std::size_t bytes = from.size() * sizeof(U);
        transfer.reserve(bytes);
        std::transform(from.begin(), from.end(), reinterpret_cast<U*>(transfer.data()),
                       [](From value) { return static_cast<U>(value); });
        transfer.begin_to_device(to, bytes, stream);
    }

private:
    std::mutex mutex_; // several threads may use one backend
    std::array<Transfer, 2> transfers_;
    std::size_t next_ = 0;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
