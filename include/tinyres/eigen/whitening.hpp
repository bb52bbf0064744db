#pragma once

// Needs Eigen 3.4 or newer with its unsupported modules.

#include "tinyres/data/dataset.hpp"
#include "tinyres/data/prepare.hpp"
#include "tinyres/eigen/maps.hpp"
#include "tinyres/eigen/predict.hpp"
#include "tinyres/layers/convolution.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How to whiten.
struct WhiteningOptions {
    /// Added to the variances, so that directions with almost no variance are not blown up; not below 0.
    double epsilon = 5e-4;
};

/// What whitening found and set.
struct Whitening {
    Eigen::VectorXd variances; ///< of the patches along the principal directions, the largest first
    int directions = 0;        ///< how many of them have a filter
    bool both_signs = false;   ///< whether each has a second filter, the first one's negative
    double explained = 0.0;    ///< the share of the patches' variance that lies along the directions with a filter

    /// The number of filters that were set.
    int filters() const { return both_signs ? 2 * directions : directions; }
};

namespace detail {

/// Mean and covariance of the patches of images.
struct PatchMoments {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
};

/// The `height` x `width` patches that lie wholly within an image (its height, width, channels), a patch a row, in the
/// order height, width, channels.
inline Eigen::MatrixXd patches_of(std::span<const float> image, Dims dims, int height, int width) {
    const Eigen::Index line = static_cast<Eigen::Index>(width) * dims.channels;
    const int across = dims.width - width + 1;
    Eigen::MatrixXd patches((dims.height - height + 1) * across, height * line);
    for (Eigen::Index row = 0; row < patches.rows(); ++row)
        for (int y = 0; y < height; ++y) {
            const Eigen::Index begin = ((row / across + y) * dims.width + row % across) * dims.channels;
            patches.row(row).segment(y * line, line) =
                Eigen::Map<const Eigen::RowVectorXf>(image.data() + begin, line).cast<double>();
        }
    return patches;
}

/// Throws Error when an image has a value that is not finite, or when there are too few patches.
inline PatchMoments patch_moments(std::span<const float> images, Dims dims, int height, int width) {
    const Eigen::Index size = static_cast<Eigen::Index>(height) * width * dims.channels;
    const auto image_size = static_cast<std::size_t>(dims.size());
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(size);
    Eigen::MatrixXd squares = Eigen::MatrixXd::Zero(size, size);
    Eigen::Index count = 0;
    for (std::size_t first = 0; first < images.size(); first += image_size) {
        const Eigen::MatrixXd patches = patches_of(images.subspan(first, image_size), dims, height, width);
        count += patches.rows();
        sum += patches.colwise().sum().transpose();
        squares.selfadjointView<Eigen::Lower>().rankUpdate(patches.transpose());
    }
    if (!sum.allFinite() || !squares.allFinite())
        throw Error("whiten_first_convolution: an image has a value that is not finite; give finite pixels");
    if (count < 2 * size)
        throw Error("whiten_first_convolution: " + std::to_string(count) +
                    " patches are too few for the covariance of " + std::to_string(size) + " values (at least " +
                    std::to_string(2 * size) + "); give more images");
    const auto n = static_cast<double>(count);
    const Eigen::VectorXd mean = sum / n;
    squares = squares.selfadjointView<Eigen::Lower>();
    return {mean, squares / n - mean * mean.transpose()};
}

/// The columns of `vectors` with signs that do not depend on how they were computed: the largest entry is positive.
inline void fix_signs(Eigen::MatrixXd& vectors) {
    for (Eigen::Index column = 0; column < vectors.cols(); ++column) {
        Eigen::Index largest = 0;
        vectors.col(column).cwiseAbs().maxCoeff(&largest);
        if (vectors(largest, column) < 0) vectors.col(column) *= -1.0;
    }
}

/// Whether a convolution's filters see whole patches of all channels.
template <class Layer>
inline constexpr bool sees_whole_patches = true;
template <int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
inline constexpr bool sees_whole_patches<Convolution<Channels, Geometry, Groups, bias, algorithm>> =
    Groups == 1 && Geometry::dilation_height == 1 && Geometry::dilation_width == 1;

template <class Network>
constexpr const NetworkTensor& first_convolution() {
    static_assert(is_convolution<TypeAt<typename Network::Leaves, 0>>,
                  "tinyres: only a network whose first layer is a convolution can have it whitened");
    static_assert(sees_whole_patches<TypeAt<typename Network::Leaves, 0>>,
                  "tinyres: a convolution of several groups or with a dilation cannot be whitened");
    return network_tensors<Network>.front();
}

} // namespace detail

/// Sets the first convolution of a model so that its outputs are whitened patches of these images: of mean 0,
/// uncorrelated, and with variance close to 1. With C = V diag(v) V^T the covariance of the images' patches and m their
/// mean, filter and bias i are
///
///     w_i = V_i / sqrt(v_i + epsilon),   b_i = -w_i . m,
///
/// the direction of the largest variance first. A layer with twice as many outputs as a patch has values, or more, also
/// gets the negatives -w_i, -b_i, behind the others, so that a ReLU loses nothing; outputs beyond stay as they are.
/// One with fewer outputs than a patch has values gets the first directions. A layer without bias leaves the mean in.
/// All patches wholly within an image count, whatever the convolution's stride. The result is the same for the same
/// images in the same order.
///
/// This is the first layer of D. Page, "How to train your ResNet" (2019), and of K. Jordan, "94% on CIFAR-10 in 3.29
/// seconds" (2024), which take the second moments for the covariance: their images' mean is about 0.
///
/// Throws Error when the samples are not what the network takes, are too few or not finite. A network that begins with
/// anything but a convolution does not compile, nor one that begins with a convolution of several groups or with a
/// dilation.
template <class Network, class Backend, SamplesLike X>
Whitening whiten_first_convolution(Model<Network, Backend>& model, const X& x, const WhiteningOptions& options = {}) {
    constexpr const NetworkTensor& weight = detail::first_convolution<Network>();
    constexpr int outputs = weight.spec.shape[0];
    constexpr int size = weight.spec.size() / outputs;
    static_assert(weight.spec.shape[2] <= Network::input.height && weight.spec.shape[3] <= Network::input.width,
                  "tinyres: the convolution's kernel is larger than the images, which hold no whole patch");
    if (!(options.epsilon >= 0.0)) throw Error("whiten_first_convolution: epsilon is negative; give 0 or more");
    const auto& samples = detail::as_samples(x);
    samples.require_fit(Network::input);
    const detail::PatchMoments patches =
        detail::patch_moments(samples.values(), Network::input, weight.spec.shape[2], weight.spec.shape[3]);

    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(patches.covariance);
    Whitening result{.variances = solver.eigenvalues().reverse().cwiseMax(0.0),
                     .directions = (std::min)(outputs, size),
                     .both_signs = outputs >= 2 * size};
    const double total = result.variances.sum();
    if (!(total > 0.0)) throw Error("whiten_first_convolution: all patches are equal; give images that differ");
    result.explained = result.variances.head(result.directions).sum() / total;

    Eigen::MatrixXd directions = solver.eigenvectors().rowwise().reverse().leftCols(result.directions);
    detail::fix_signs(directions);
    const Eigen::VectorXd scales = (result.variances.head(result.directions).array() + options.epsilon).rsqrt();
    const Eigen::MatrixXd filters = directions * scales.asDiagonal();
    const Eigen::VectorXd biases = -filters.transpose() * patches.mean;

    const int count = result.directions;
    const auto replace = [&](int offset, int rows, const auto& change) { // of a tensor (rows, outputs)
        RowMatrix<float> values(rows, outputs);
        const std::span<float> all{values.data(), static_cast<std::size_t>(values.size())};
        model.backend().download(model.parameters().data() + offset, all);
        change(values);
        model.backend().upload(std::span<const float>(all), model.parameters().data() + offset);
    };
    replace(weight.offset, size, [&](RowMatrix<float>& values) {
        values.leftCols(count) = filters.cast<float>();
        if (result.both_signs) values.middleCols(count, count) = -filters.cast<float>();
    });
    if constexpr (Network::nodes.front().tensors.count > 1)
        replace(network_tensors<Network>[1].offset, 1, [&](RowMatrix<float>& values) {
            values.leftCols(count) = biases.cast<float>().transpose();
            if (result.both_signs) values.middleCols(count, count) = -biases.cast<float>().transpose();
        });
    return result;
}

/// Whitens the first convolution by the first `images` images of a data set (0: all), normalized as the network takes
/// them. Throws Error when they are of another size.
template <class Network, class Backend>
Whitening whiten_first_convolution(Model<Network, Backend>& model, const Dataset& dataset,
                                   const Normalize& normalization, int images = 5000,
                                   const WhiteningOptions& options = {}) {
    const int count = images > 0 ? (std::min)(images, dataset.size()) : dataset.size();
    const auto bytes = std::span(dataset.images).first(static_cast<std::size_t>(count) * dataset.image_size());
    const std::vector<float> pixels = prepare_images(bytes, normalization, dataset.channels);
    const Eigen::TensorMap<const ImageTensor<float>> tensor(pixels.data(), count, dataset.height, dataset.width,
                                                            dataset.channels);
    return whiten_first_convolution(model, tensor, options);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
