#pragma once

// Needs Eigen 3.4 or newer.

#include "tinyres/core/error.hpp"
#include "tinyres/eigen/matrices.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What labels may be given as: a vector of Eigen's, or what becomes a span of 32-bit integers.
template <class X>
concept LabelsLike = EigenDense<X> || std::convertible_to<X, std::span<const std::int32_t>>;

/// The labels of samples, one after the other: a view of 32-bit integers without gaps, else a checked copy. A view must
/// not outlive what it was made of. Throws Error when a matrix is no vector or a label does not fit 32 bits; whether
/// the network has the class is checked where the labels are used.
class Labels {
public:
    template <LabelsLike X>
    explicit Labels(const X& labels) {
        if constexpr (EigenDense<X>)
            take(labels);
        else
            view_ = labels;
    }
    Labels(const Labels&) = delete;
    Labels& operator=(const Labels&) = delete;

    std::span<const std::int32_t> values() const { return view_; }

private:
    template <class X>
    void take(const X& labels) {
        using Scalar = typename X::Scalar;
        static_assert(std::is_integral_v<Scalar>, "tinyres: labels must be integers; use an Eigen::VectorXi");
        if (labels.rows() != 1 && labels.cols() != 1 && labels.size() != 0)
            throw Error("the labels are a " + std::to_string(labels.rows()) + " x " + std::to_string(labels.cols()) +
                        " matrix; give a vector with one label for each sample");
        const Eigen::Index count = labels.size();
        if constexpr (detail::lies_in_memory<X> && std::is_same_v<Scalar, std::int32_t>) {
            if (count <= 1 || (labels.rows() == 1 ? labels.colStride() : labels.rowStride()) == 1) {
                view_ = {labels.data(), static_cast<std::size_t>(count)};
                return;
            }
        }
        const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> evaluated = labels;
        own_.reserve(static_cast<std::size_t>(count));
        for (Eigen::Index i = 0; i < count; ++i) own_.push_back(checked(evaluated.data()[i], i));
        view_ = own_;
    }

    template <class Scalar>
    static std::int32_t checked(Scalar label, Eigen::Index position) {
        if (!std::in_range<std::int32_t>(label))
            throw Error("label " + std::to_string(label) + " at position " + std::to_string(position) +
                        " does not fit 32 bits; labels are classes, counted from 0");
        return static_cast<std::int32_t>(label);
    }

    std::vector<std::int32_t> own_;
    std::span<const std::int32_t> view_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
