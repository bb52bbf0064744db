#pragma once

// Needs Eigen 3.4 or newer.

#include "tinyres/core/error.hpp"
#include "tinyres/core/shape.hpp"
#include "tinyres/eigen/matrices.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How the samples of a batch lie in a matrix.
enum class SamplesIn { rows, columns };

namespace detail {

/// "3072 (32 x 32 pixels of 3 channels)", or "512" of a vector.
inline std::string sample_size_text(Dims sample) {
    std::string size = std::to_string(sample.size());
    if (sample.flat) return size;
    return size + " (" + std::to_string(sample.height) + " x " + std::to_string(sample.width) + " pixels of " +
           std::to_string(sample.channels) + (sample.channels == 1 ? " channel)" : " channels)");
}

} // namespace detail

/// The samples of a matrix, one after the other in memory: a view of the matrix where that is how they lie already,
/// else a copy of them. Made by `samples_in_rows` and `samples_in_columns`; a view must not outlive the matrix.
template <SamplesIn order>
class MatrixSamples {
public:
    static constexpr bool in_rows = order == SamplesIn::rows;

    /// What results for these samples are returned in: samples lie in it as they lie here.
    using Matrix = std::conditional_t<in_rows, RowMatrix<float>, ColumnMatrix<float>>;

    // X is a matrix of Eigen's, never samples.
    template <EigenDense X>
    explicit MatrixSamples(X&& matrix) // NOLINT(bugprone-forwarding-reference-overload)
        : rows_(matrix.rows()), columns_(matrix.cols()) {
        using Expression = std::remove_cvref_t<X>;
        constexpr bool holds_floats = std::is_same_v<typename Expression::Scalar, float>;
        static_assert(holds_floats, "tinyres: samples must be floats; convert them: samples_in_rows(X.cast<float>())");
        if constexpr (holds_floats) {
            if constexpr (detail::lies_in_memory<Expression> && !detail::owns_and_goes<X>)
                if (lie_close(matrix.rowStride(), matrix.colStride())) borrowed_ = matrix.data();
            if (!borrowed_) own_ = matrix;
        }
    }

    /// The number of samples.
    Eigen::Index count() const { return in_rows ? rows_ : columns_; }
    /// The number of values of a sample.
    Eigen::Index size() const { return in_rows ? columns_ : rows_; }
    /// Whether these are the matrix's own values and no copy.
    bool is_view() const { return borrowed_ != nullptr; }
    /// The samples, one after the other.
    std::span<const float> values() const {
        return {borrowed_ ? borrowed_ : own_.data(), static_cast<std::size_t>(rows_ * columns_)};
    }

    /// Throws Error unless there are samples and each is of this shape.
    void require_fit(Dims sample) const {
        std::string matrix = in_rows ? "samples_in_rows" : "samples_in_columns";
        matrix += ": the matrix is " + std::to_string(rows_) + " x " + std::to_string(columns_);
        if (size() != sample.size()) {
            const std::string here = in_rows ? "row" : "column";
            const std::string there = in_rows ? "column" : "row";
            throw Error(matrix + ", so a sample has " + std::to_string(size()) + " values, the network takes " +
                        detail::sample_size_text(sample) +
                        (count() == sample.size()
                             ? "; its " + there + "s are the samples: use samples_in_" + there + 's'
                             : (sample.flat ? "; give one sample per " : "; give one image per ") + here));
        }
        if (count() == 0) throw Error(matrix + ", so there is no sample; give at least one");
    }

    /// Room for `width` values of each sample, laid out as the samples are.
    Matrix make_results(int width) const { return in_rows ? Matrix(rows_, width) : Matrix(width, columns_); }

private:
    /// Whether each sample begins where the one before it ends, by the steps from row to row and column to column.
    bool lie_close(Eigen::Index row_step, Eigen::Index column_step) const {
        const Eigen::Index sample_step = in_rows ? row_step : column_step;
        const Eigen::Index value_step = in_rows ? column_step : row_step;
        return (size() <= 1 || value_step == 1) && (count() <= 1 || sample_step == size());
    }

    Eigen::Index rows_;
    Eigen::Index columns_;
    const float* borrowed_ = nullptr;
    Matrix own_;
};

/// Samples that are the rows of `matrix` (samples, values): a row is an image in the order height, width, channels, or
/// a vector. No copy of a row-major float matrix without gaps; anything else is evaluated once. Doubles do not compile:
/// convert them by `.cast<float>()`.
template <EigenDense X>
MatrixSamples<SamplesIn::rows> samples_in_rows(X&& matrix) {
    return MatrixSamples<SamplesIn::rows>(std::forward<X>(matrix));
}

/// Samples that are the columns of `matrix` (values, samples), as `samples_in_rows` has them in rows. No copy of a
/// column-major float matrix without gaps between the columns.
template <EigenDense X>
MatrixSamples<SamplesIn::columns> samples_in_columns(X&& matrix) {
    return MatrixSamples<SamplesIn::columns>(std::forward<X>(matrix));
}

} // namespace TINYRES_ARCH
} // namespace tinyres
