// Predicts by cuDNN's convolutions and by the library's own. Where there is no GPU it only links; the error must say
// so.

#include <cmath>
#include <cstdio>
#include <string>
#include <tinyres/cudnn.hpp>
#include <vector>

namespace tr = tinyres;

using Net = tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<16>, tr::ReLU, tr::Flatten, tr::Linear<10>>;

template <class Backend>
std::vector<float> predict() {
    const tr::Model<Net, Backend> model{tr::KaimingUniform{}, 1};
    return tr::predict(model, std::vector<float>(3 * 8 * 8, 0.5f));
}

int main() {
    try {
        const std::vector<float> own = predict<tr::Cuda<>>();
        const std::vector<float> cudnn = predict<tr::CudaWithCudnn<>>();
        for (std::size_t i = 0; i < own.size(); ++i)
            if (!(std::abs(own[i] - cudnn[i]) < 1e-2f)) return 1;
    } catch (const tr::Error& error) {
        std::printf("%s\n", error.what());
        return std::string(error.what()).starts_with("CUDA: ") ? 0 : 1;
    }
    return 0;
}
