#pragma once

#include "tinyres/backend/cuda/check.hpp"

#include <memory>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A stream of its own, which does not wait for the default stream. Move-only.
class Stream {
public:
    Stream() {
        cudaStream_t stream = nullptr;
        check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
        stream_.reset(stream);
    }
    cudaStream_t get() const { return stream_.get(); }

private:
    struct Destroy {
        void operator()(cudaStream_t stream) const { static_cast<void>(cudaStreamDestroy(stream)); }
    };
    std::unique_ptr<std::remove_pointer_t<cudaStream_t>, Destroy> stream_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
