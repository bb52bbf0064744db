#include "eigen/network.hpp"
#include "error_of.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

template <int Outputs, tr::Bias bias = tr::Bias::yes>
using Convolution = tr::Network<tr::Image<3, 8, 7>, tr::Conv3x3<Outputs, bias>, tr::Flatten>;

/// Images whose neighboring pixels are much alike and whose channels are alike, and whose mean is not 0.
std::vector<float> smooth_images(int count) {
    tr::RandomStream random({7, tr::Purpose::augmentation, 0, 0});
    std::vector<float> images;
    for (int n = 0; n < count; ++n) {
        const float across = random.uniform(-1.0f, 1.0f), down = random.uniform(-1.0f, 1.0f);
        for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 7; ++x) {
                const float brightness = 0.3f + std::sin(across * static_cast<float>(x) + down * static_cast<float>(y));
                for (int c = 0; c < 3; ++c) images.push_back(brightness + 0.3f * random.uniform(-1.0f, 1.0f));
            }
    }
    return images;
}

/// The outputs of a model's convolution at the pixels whose patches lie within the image, (pixels, outputs).
template <class Network>
Eigen::MatrixXd inner_outputs(const tr::Model<Network, tr::Cpu<>>& model, const std::vector<float>& images) {
    constexpr int outputs = Network::output.size() / 56;
    const auto logits = tr::predict(model, tr::samples_in_rows(tr::as_rows(images, 168)));
    Eigen::MatrixXd inner(logits.rows() * 30, outputs);
    Eigen::Index row = 0;
    for (Eigen::Index n = 0; n < logits.rows(); ++n)
        for (int y = 1; y < 7; ++y)
            for (int x = 1; x < 6; ++x, ++row)
                for (int o = 0; o < outputs; ++o) inner(row, o) = static_cast<double>(logits(n, o * 56 + y * 7 + x));
    return inner;
}

Eigen::MatrixXd covariance(const Eigen::MatrixXd& rows) {
    const Eigen::MatrixXd centered = rows.rowwise() - rows.colwise().mean();
    return centered.transpose() * centered / static_cast<double>(rows.rows());
}

} // namespace

TEST_CASE("Whitened patches have mean 0 and the identity for their covariance, and the negatives follow") {
    tr::Model<Convolution<60>, tr::Cpu<>> model{tr::KaimingUniform{}, 1};
    const Eigen::MatrixXf before = tr::parameter_matrix(model, "0.weight");
    const std::vector<float> images = smooth_images(200);
    CHECK(covariance(inner_outputs(model, images)).norm() > 0.0);
    const tr::Whitening whitening =
        tr::whiten_first_convolution(model, tr::samples_in_rows(tr::as_rows(images, 168)), {.epsilon = 0.0});
    CHECK(whitening.directions == 27);
    CHECK(whitening.both_signs);
    CHECK(whitening.filters() == 54);
    CHECK(whitening.explained == doctest::Approx(1.0));
    CHECK(whitening.variances.size() == 27);
    CHECK(whitening.variances(0) > 10 * whitening.variances(26));
    CHECK(std::is_sorted(whitening.variances.begin(), whitening.variances.end(), std::greater{}));

    const Eigen::MatrixXd outputs = inner_outputs(model, images);
    const Eigen::MatrixXd first = outputs.leftCols(27);
    CHECK((covariance(first) - Eigen::MatrixXd::Identity(27, 27)).cwiseAbs().maxCoeff() < 1e-3);
    CHECK(first.colwise().mean().cwiseAbs().maxCoeff() < 1e-3);
    CHECK((outputs.middleCols(27, 27) + first).cwiseAbs().maxCoeff() < 1e-4);
    const auto weight = tr::parameter_matrix(model, "0.weight");
    CHECK((weight.middleCols(27, 27) == -weight.leftCols(27)));
    CHECK((weight.rightCols(6) == before.rightCols(6))); // outputs beyond stay as they were
}

TEST_CASE("A convolution whose filters are not square whitens patches of their size") {
    using Net = tr::Network<tr::Image<3, 8, 7>, tr::Conv<36, tr::by(2, 3)>, tr::Flatten>; // 7 x 5 patches
    tr::Model<Net, tr::Reference<double>> model{tr::KaimingUniform{}, 1};
    const std::vector<float> images = smooth_images(200);
    const auto samples = tr::samples_in_rows(tr::as_rows(images, 168));
    CHECK(tr::whiten_first_convolution(model, samples, {.epsilon = 0.0}).directions == 18);
    const std::vector<float> outputs = tr::predict(model, images); // (images, 36, 7, 5)
    Eigen::MatrixXd rows(200 * 35, 36);
    for (Eigen::Index row = 0; row < rows.rows(); ++row)
        for (Eigen::Index o = 0; o < 36; ++o)
            rows(row, o) = static_cast<double>(outputs[static_cast<std::size_t>((row / 35 * 36 + o) * 35 + row % 35)]);
    CHECK(rows.colwise().mean().norm() < 1e-4);
    CHECK((covariance(rows.leftCols(18)) - Eigen::MatrixXd::Identity(18, 18)).norm() < 1e-4);
    CHECK((rows.leftCols(18) + rows.rightCols(18)).norm() < 1e-6 * rows.norm());
}

TEST_CASE("epsilon keeps directions of little variance small") {
    tr::Model<Convolution<27>, tr::Cpu<>> model;
    const std::vector<float> images = smooth_images(200);
    const tr::Whitening whitening =
        tr::whiten_first_convolution(model, tr::samples_in_rows(tr::as_rows(images, 168)), {.epsilon = 0.5});
    CHECK_FALSE(whitening.both_signs);
    const Eigen::VectorXd expected = whitening.variances.array() / (whitening.variances.array() + 0.5);
    CHECK((Eigen::MatrixXd(expected.asDiagonal()) - covariance(inner_outputs(model, images))).norm() < 1e-4);
}

TEST_CASE("A layer of few outputs gets the first directions, and says what they explain") {
    tr::Model<Convolution<4, tr::Bias::no>, tr::Cpu<>> model;
    const std::vector<float> images = smooth_images(200);
    const tr::Whitening whitening =
        tr::whiten_first_convolution(model, tr::samples_in_rows(tr::as_rows(images, 168)), {.epsilon = 0.0});
    CHECK(whitening.filters() == 4);
    CHECK(whitening.explained == doctest::Approx(whitening.variances.head(4).sum() / whitening.variances.sum()));
    CHECK(whitening.explained < 1.0);
    CHECK(whitening.explained > 0.5);
    CHECK((covariance(inner_outputs(model, images)) - Eigen::MatrixXd::Identity(4, 4)).cwiseAbs().maxCoeff() < 1e-3);
}

TEST_CASE("Whitening by a data set is that by its prepared images, and the same when it is done again") {
    using Net = tr::Network<tr::Image<3, 32, 32>, tr::Conv3x3<27>, tr::Flatten, tr::Linear<2>>;
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 20);
    tr::Model<Net, tr::Cpu<>> one{tr::KaimingUniform{}, 1}, other{tr::KaimingUniform{}, 1},
        third{tr::KaimingUniform{}, 1};
    tr::whiten_first_convolution(one, dataset, tr::cifar10_normalization(), 0);
    tr::whiten_first_convolution(third, dataset, tr::cifar10_normalization(), 5);
    const std::vector<float> images = tr::prepare_images(dataset.images, tr::cifar10_normalization());
    tr::whiten_first_convolution(other, tr::samples_in_rows(tr::as_rows(images, 3 * 32 * 32)));
    CHECK((copy_of(one.parameters()) == copy_of(other.parameters())));
    CHECK((copy_of(one.parameters()) != copy_of(third.parameters())));
    const auto weight = tr::parameter_matrix(one, "0.weight");
    for (Eigen::Index column = 0; column < 27; ++column)
        CHECK(weight.col(column).maxCoeff() == weight.col(column).cwiseAbs().maxCoeff());
}

TEST_CASE("What cannot be whitened is refused, and the model stays as it was") {
    tr::Model<Convolution<4>, tr::Cpu<>> model{tr::KaimingUniform{}, 1};
    const std::vector<float> before = copy_of(model.parameters());
    std::vector<float> images = smooth_images(2);
    const auto refusal = [&](const tr::WhiteningOptions& options = {}) {
        return error_of(
            [&] { tr::whiten_first_convolution(model, tr::samples_in_rows(tr::as_rows(images, 168)), options); });
    };
    CHECK(refusal({.epsilon = -1.0}) == "whiten_first_convolution: epsilon is negative; give 0 or more");
    images[5] = std::numeric_limits<float>::quiet_NaN();
    CHECK(refusal() == "whiten_first_convolution: an image has a value that is not finite; give finite pixels");
    images.assign(168, 1.0f);
    CHECK(refusal() ==
          "whiten_first_convolution: 30 patches are too few for the covariance of 27 values (at least 54); "
          "give more images");
    images.assign(336, 1.0f);
    CHECK(refusal() == "whiten_first_convolution: all patches are equal; give images that differ");
    images.assign(320, 1.0f);
    CHECK(
        error_of([&] { tr::whiten_first_convolution(model, tr::samples_in_rows(tr::as_rows(images, 160))); }) ==
        "samples_in_rows: the matrix is 2 x 160, so a sample has 160 values, the network takes 168 (8 x 7 pixels of 3 "
        "channels); give one image per row");
    CHECK((copy_of(model.parameters()) == before));
}
