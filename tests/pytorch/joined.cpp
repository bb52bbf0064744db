// Writes what joined.py compares with onnxruntime and PyTorch: a network of all groups, three deep, and convolutions of
// all kinds, with random values, as weights and as ONNX (with BatchNorm folded and not), some images, and its outputs
// for them; and the same of a network of all activation functions.
//     joined <folder>
#include <cstdio>
#include <filesystem>
#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/io/onnx.hpp>
#include <tinyres/io/weights.hpp>
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/model/train_step.hpp>
#include <tinyres/optim/sgd.hpp>

namespace tr = tinyres;

using Net = tr::Network<
    tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::BatchNorm, tr::ReLU,
    tr::Residual<tr::Sequential<tr::Conv3x3<16>, tr::BatchNorm, tr::ReLU,
                                tr::Scale<tr::MaxPool<8>, tr::Flatten, tr::Linear<4>, tr::ReLU, tr::Linear<16>>>,
                 tr::Concat<tr::Conv3x3<4>, tr::ResBlock<tr::Conv3x3<8>, tr::BatchNorm>,
                            tr::Sequential<tr::Scale<tr::MaxPool<8>, tr::ReLU>, tr::Conv3x3<4>>>>,
    tr::Conv<16, 3, 2, 1, 2>, tr::BatchNorm, tr::DepthwiseConv3x3<16, 2, tr::Bias::no>, tr::BatchNorm, // 16 x 2 x 2
    tr::Conv<12, 3, 1, 2, 1, tr::Bias::yes, 2>, tr::Conv<16, tr::by(1, 5), 1, tr::by(0, 2)>, tr::Conv1x1<16>,
    tr::ResBlock<tr::Scale<tr::Conv3x3<16>>>, tr::Flatten, tr::Concat<tr::Identity, tr::Linear<6>>, tr::Linear<5>>;

using Activations =
    tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>,
                tr::Concat<tr::ReLU6, tr::LeakyReLU<1, 5>, tr::PReLU<>, tr::ELU<1, 2>, tr::CELU<2>,
                           tr::PReLU<tr::Slopes::per_channel>, tr::SiLU, tr::GELU<>>,
                tr::Conv3x3<8>,
                tr::Concat<tr::GELU<tr::Approximation::tanh>, tr::Hardswish, tr::Hardsigmoid, tr::Sigmoid, tr::Tanh>,
                tr::MaxPool<4>, tr::Flatten, tr::PReLU<tr::Slopes::per_channel>, tr::Linear<5>, tr::GELU<>>;

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const std::filesystem::path folder(arguments[1]);
    constexpr int images = 7;
    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 5};
    tr::RandomStream random({3, tr::Purpose::synthetic_image, 0, 0});
    std::vector<float> values(static_cast<std::size_t>(images * Net::input.size()));
    for (float& value : values) value = random.uniform(-1.0f, 1.0f);
    const std::vector<std::int32_t> labels{0, 1, 2, 3, 4, 0, 1};
    for (int step = 0; step < 3; ++step) tr::train_step(model, {values, labels}); // for running statistics

    const auto write = [&](const char* name, const std::vector<float>& numbers) {
        std::FILE* const file = std::fopen((folder / name).c_str(), "wb");
        const bool written = file && std::fwrite(numbers.data(), sizeof(float), numbers.size(), file) == numbers.size();
        return file && std::fclose(file) == 0 && written;
    };
    tr::save_weights(folder / "joined.safetensors", model);
    tr::export_onnx(folder / "joined.onnx", model);
    tr::export_onnx(folder / "folded.onnx", model, {.fold_batch_norm = true});

    tr::Model<Activations, tr::Cpu<>> activations{tr::KaimingUniform{}, 7};
    tr::train_step(activations, {values, labels});
    tr::Sgd optimizer{activations};
    optimizer.step(activations, 0.5); // the slopes are no longer all the same
    std::vector<float> large;         // beyond the kinks at 3 and 6
    for (const float value : values) large.push_back(20.0f * value);
    tr::save_weights(folder / "activations.safetensors", activations);
    tr::export_onnx(folder / "activations.onnx", activations);
    const bool written = write("images.f32", values) && write("outputs.f32", tr::predict(model, values)) &&
                         write("large_images.f32", large) && write("activations.f32", tr::predict(activations, large));
    return written ? 0 : 1;
}
