// The kernels of S10's training, in both precisions, for cuda_code.sh to look at.

#include <tinyres/cuda.hpp>

namespace tr = tinyres;

template <class T>
void train(const tr::Batch& batch) {
    tr::Model<tr::S10, tr::Cuda<T>> model;
    tr::Adam optimizer{model};
    tr::train_step(model, batch);
    optimizer.step(model, 1e-3);
}

template void train<float>(const tr::Batch&);
template void train<tr::bfloat16>(const tr::Batch&);
