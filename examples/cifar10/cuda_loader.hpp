#pragma once

#include "network_learner.hpp"
#include "programs/cuda_memory.hpp"

#include <optional>
#include <tinyres/data/cuda/device_loader.hpp>

namespace example {

/// On a GPU the data set of a loader is copied there once, and the batches are made there.
template <class T, class Transform>
class BackendLoader<tr::Cuda<T>, Transform> {
public:
    using OnDevice = tr::DeviceLoader<tr::Cuda<T>, Transform>;

    OnDevice& operator()(const tr::Cuda<T>& cuda, NumberedLoader<Transform>& loader) {
        if (from_ != loader.number()) {
            from_ = 0; // should there be no memory for it
            on_device_.emplace(cuda, loader);
            from_ = loader.number();
        }
        return *on_device_;
    }

private:
    int from_ = 0; ///< the number of the loader whose copy is on the device
    std::optional<OnDevice> on_device_;
};

} // namespace example
