#pragma once

// Needs Eigen 3.4 or newer with its unsupported modules.

#include "tinyres/eigen/samples.hpp"
#include "tinyres/model/batch.hpp"

#include <array>
#include <unsupported/Eigen/CXX11/Tensor>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A tensor or an expression of tensors of Eigen's, or a class derived from one.
template <class X>
concept EigenTensor = requires(const X& x) {
    []<class Derived>(const Eigen::TensorBase<Derived, Eigen::ReadOnlyAccessors>&) {}(x);
};

/// Images in the library's layout: (images, height, width, channels), row-major.
template <class Scalar>
using ImageTensor = Eigen::Tensor<Scalar, 4, Eigen::RowMajor>;

namespace detail {

template <class Expression>
inline constexpr bool is_tensor = false;
template <class Scalar, int rank, int options, class Index>
inline constexpr bool is_tensor<Eigen::Tensor<Scalar, rank, options, Index>> = true;

template <class Expression>
inline constexpr bool is_tensor_map = false;
template <class Tensor, int options, template <class> class Pointer>
inline constexpr bool is_tensor_map<Eigen::TensorMap<Tensor, options, Pointer>> = true;

} // namespace detail

/// The images of a tensor, one after the other: a view of a Tensor or TensorMap, a copy of anything else. Made by
/// `samples_in_tensor`; a view must not outlive the tensor.
class TensorSamples {
public:
    /// What results for these images are returned in: a row for each.
    using Matrix = RowMatrix<float>;

    template <EigenTensor X>
    explicit TensorSamples(X&& tensor) { // NOLINT(bugprone-forwarding-reference-overload): X is a tensor of Eigen's
        using Expression = std::remove_cvref_t<X>;
        using Traits = Eigen::internal::traits<Expression>;
        static_assert(std::is_same_v<std::remove_const_t<typename Expression::Scalar>, float>,
                      "tinyres: samples must be floats; convert them: samples_in_tensor(T.cast<float>())");
        static_assert(Traits::NumDimensions == 4,
                      "tinyres: a tensor of images has four dimensions: images, height, width, channels");
        static_assert(static_cast<int>(Traits::Layout) == static_cast<int>(Eigen::RowMajor),
                      "tinyres: a tensor of images must be Eigen::RowMajor (images, height, width, channels); declare "
                      "it so, or use T.swap_layout().shuffle(std::array{3, 2, 1, 0})");
        const auto take = [this](const auto& source) {
            for (std::size_t axis = 0; axis < 4; ++axis) sizes_[axis] = source.dimensions()[axis];
        };
        if constexpr (detail::is_tensor_map<Expression> ||
                      (detail::is_tensor<Expression> && std::is_lvalue_reference_v<X>)) {
            take(tensor);
            borrowed_ = tensor.data();
        } else {
            own_ = tensor;
            take(own_);
        }
    }

    /// The number of images.
    Eigen::Index count() const { return sizes_[0]; }
    /// Whether these are the tensor's own values and no copy.
    bool is_view() const { return borrowed_ != nullptr; }
    /// The images, one after the other.
    std::span<const float> values() const {
        return {borrowed_ ? borrowed_ : own_.data(),
                static_cast<std::size_t>(sizes_[0] * sizes_[1] * sizes_[2] * sizes_[3])};
    }

    /// Throws Error unless there are images and each is of this shape.
    void require_fit(Dims image) const {
        const auto shape = [](auto images, auto height, auto width, auto channels) {
            return images + " x " + std::to_string(height) + " x " + std::to_string(width) + " x " +
                   std::to_string(channels);
        };
        const std::string tensor =
            "samples_in_tensor: the tensor is " + shape(std::to_string(sizes_[0]), sizes_[1], sizes_[2], sizes_[3]);
        if (sizes_[1] != image.height || sizes_[2] != image.width || sizes_[3] != image.channels) {
            const bool channels_first =
                sizes_[1] == image.channels && sizes_[2] == image.height && sizes_[3] == image.width;
            throw Error(tensor + ", the network takes " +
                        shape(std::string("N"), image.height, image.width, image.channels) +
                        " (images, height, width, channels); " +
                        (channels_first ? "move the channels to the end: T.shuffle(std::array{0, 2, 3, 1})"
                                        : "give images of that size"));
        }
        if (count() == 0) throw Error(tensor + ", so there is no image; give at least one");
    }

    /// Room for `width` values of each image.
    Matrix make_results(int width) const { return Matrix(count(), width); }

private:
    std::array<Eigen::Index, 4> sizes_{};
    const float* borrowed_ = nullptr;
    ImageTensor<float> own_;
};

/// The images of a row-major tensor (images, height, width, channels). No copy of a Tensor or TensorMap; an expression
/// is evaluated once. Doubles, other ranks and column-major tensors do not compile.
template <EigenTensor X>
TensorSamples samples_in_tensor(X&& tensor) {
    return TensorSamples(std::forward<X>(tensor));
}

/// The images of a batch as a tensor (images, height, width, channels) without a copy. Throws Error unless they are
/// images of the network's size.
template <class Network>
Eigen::TensorMap<const ImageTensor<float>> image_tensor(const Batch& batch) {
    constexpr Dims image = Network::input;
    return {batch.images.data(), count_images(batch.images.size(), image.size()), image.height, image.width,
            image.channels};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
