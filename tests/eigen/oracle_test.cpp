#include "eigen/network.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

// Eigen as the oracle: float on the processor against matrix products in double.

namespace {

/// |found - expected| / |expected|.
template <class Found, class Expected>
double difference(const Found& found, const Expected& expected) {
    return (found.template cast<double>() - expected).norm() / expected.norm();
}

/// The gradient of the mean cross entropy for the logits of samples in rows.
Eigen::MatrixXd logit_gradient(const Eigen::MatrixXd& logits, const std::vector<std::int32_t>& labels) {
    Eigen::MatrixXd gradient = (logits.colwise() - logits.rowwise().maxCoeff()).array().exp();
    gradient.array().colwise() /= gradient.rowwise().sum().array().eval();
    for (Eigen::Index i = 0; i < gradient.rows(); ++i) gradient(i, labels[static_cast<std::size_t>(i)]) -= 1.0;
    return gradient / static_cast<double>(gradient.rows());
}

/// The 3x3 patches of images around each pixel, zeros outside: (images * pixels, 9 * channels), by plain loops.
Eigen::MatrixXd patches_with_border(const std::vector<float>& images, tr::Dims dims) {
    const auto count = static_cast<int>(images.size()) / dims.size();
    Eigen::MatrixXd patches = Eigen::MatrixXd::Zero(count * dims.pixels(), 9 * dims.channels);
    for (int n = 0; n < count; ++n)
        for (int y = 0; y < dims.height; ++y)
            for (int x = 0; x < dims.width; ++x)
                for (int tap = 0; tap < 9; ++tap) {
                    const int from_y = y + tap / 3 - 1, from_x = x + tap % 3 - 1;
                    if (from_y < 0 || from_y >= dims.height || from_x < 0 || from_x >= dims.width) continue;
                    for (int c = 0; c < dims.channels; ++c)
                        patches((n * dims.height + y) * dims.width + x, tap * dims.channels + c) =
                            static_cast<double>(images[static_cast<std::size_t>(
                                ((n * dims.height + from_y) * dims.width + from_x) * dims.channels + c)]);
                }
    return patches;
}

/// Two linear layers: the second one's input gradient is in the first one's gradients.
using TwoLinear = tr::Network<tr::Image<3, 3, 2>, tr::Flatten, tr::Linear<13>, tr::Linear<7>>;

/// A convolution whose every output is a logit, so that its outputs can be compared and its gradients are known. With
/// 16 channels it runs by Winograd's algorithm where there is no matrix unit, with 3 directly.
template <int Channels>
using BareConvolution = tr::Network<tr::Image<Channels, 8, 8>, tr::Conv3x3<16>, tr::Flatten>;

template <int Channels>
void check_convolution() {
    using Net = BareConvolution<Channels>;
    CAPTURE(Channels);
    constexpr int count = 3;
    constexpr tr::Dims in = Net::input;
    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 5};
    const OwnedBatch batch = random_batch<Net>(count);
    const Eigen::MatrixXd patches = patches_with_border(batch.images, in);
    const Eigen::MatrixXd weight = tr::parameter_matrix(model, "0.weight").template cast<double>();
    const Eigen::RowVectorXd bias = tr::parameter_vector(model, "0.bias").template cast<double>();
    const Eigen::MatrixXd outputs = (patches * weight).rowwise() + bias; // (images * pixels, outputs)

    // Flatten takes each channel's pixels together: an image's logits are the transpose of its rows.
    Eigen::MatrixXd logits(count, Net::output.size());
    for (int n = 0; n < count; ++n)
        logits.row(n) = outputs.middleRows(n * in.pixels(), in.pixels()).reshaped().transpose();
    CHECK(difference(tr::predict(model, tr::samples_in_rows(tr::as_rows<Net>(batch))), logits) < 3e-6);

    tr::train_step(model, batch);
    const Eigen::MatrixXd by_logit = logit_gradient(logits, batch.labels);
    Eigen::MatrixXd gradient(outputs.rows(), outputs.cols());
    for (int n = 0; n < count; ++n)
        gradient.middleRows(n * in.pixels(), in.pixels()) = by_logit.row(n).reshaped(in.pixels(), outputs.cols());
    CHECK(difference(tr::gradient_matrix(model, "0.weight"), (patches.transpose() * gradient).eval()) < 1e-5);
    CHECK(difference(tr::gradient_vector(model, "0.bias"), gradient.colwise().sum().transpose().eval()) < 1e-5);
}

} // namespace

TEST_CASE("Linear's outputs and gradients are Eigen's products in double") {
    tr::Model<TwoLinear, tr::Cpu<>> model{tr::KaimingUniform{}, 5};
    const OwnedBatch batch = random_batch<TwoLinear>(65);
    Eigen::MatrixXd input(65, 18); // Flatten takes each channel's pixels together
    for (int n = 0; n < 65; ++n)
        input.row(n) = tr::as_rows<TwoLinear>(batch).row(n).cast<double>().reshaped(3, 6).transpose().reshaped();
    const auto weight = [&](const char* name) { return tr::parameter_matrix(model, name).cast<double>().eval(); };
    const auto bias = [&](const char* name) {
        return tr::parameter_vector(model, name).cast<double>().transpose().eval();
    };
    const Eigen::MatrixXd hidden = (input * weight("1.weight")).rowwise() + bias("1.bias");
    const Eigen::MatrixXd logits = (hidden * weight("2.weight")).rowwise() + bias("2.bias");
    CHECK(difference(tr::predict(model, tr::samples_in_rows(tr::as_rows<TwoLinear>(batch))), logits) < 3e-6);
    CHECK(difference(tr::features(model, tr::samples_in_rows(tr::as_rows<TwoLinear>(batch))), hidden) < 3e-6);

    tr::train_step(model, batch);
    const Eigen::MatrixXd gradient = logit_gradient(logits, batch.labels);
    const Eigen::MatrixXd hidden_gradient = gradient * weight("2.weight").transpose();
    CHECK(difference(tr::gradient_matrix(model, "2.weight"), (hidden.transpose() * gradient).eval()) < 1e-5);
    CHECK(difference(tr::gradient_vector(model, "2.bias"), gradient.colwise().sum().transpose().eval()) < 1e-5);
    CHECK(difference(tr::gradient_matrix(model, "1.weight"), (input.transpose() * hidden_gradient).eval()) < 1e-5);
    CHECK(difference(tr::gradient_vector(model, "1.bias"), hidden_gradient.colwise().sum().transpose().eval()) < 1e-5);
}

TEST_CASE("A 3x3 convolution's outputs and gradients are Eigen's products of patches in double") {
    check_convolution<3>();
    check_convolution<16>();
}
