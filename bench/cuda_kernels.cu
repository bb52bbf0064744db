// The kernels of S10's training, in both precisions, for cuda_code.sh to look at.

#include <tinyres/cuda.hpp>

namespace tr = tinyres;

template <class T>
void train(const tr::Dataset& images) {
    tr::Model<tr::S10, tr::Cuda<T>> model;
    tr::Adam optimizer{model};
    tr::DeviceLoader loader{model.backend(), images, tr::cifar10_augmentation()};
    for (const auto& batch : loader.epoch(0)) {
        tr::train_step(model, batch);
        optimizer.step(model, 1e-3);
    }
}

template void train<float>(const tr::Dataset&);
template void train<tr::bfloat16>(const tr::Dataset&);
