#pragma once

#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/eigen.hpp"

namespace tinyres_test {

/// Convolution, normalization and head, on images that are not square.
using EigenNetwork =
    tinyres::Network<tinyres::Image<3, 6, 4>, tinyres::Sequential<tinyres::Conv3x3<5>, tinyres::BatchNorm>,
                     tinyres::ReLU, tinyres::MaxPool<2>, tinyres::Flatten, tinyres::Linear<4>, tinyres::LogSoftmax>;
using EigenModel = tinyres::Model<EigenNetwork, tinyres::Cpu<>>;

inline constexpr int image_size = EigenNetwork::input.size();

/// Images as the rows of a matrix of Eigen's own order, so in memory they are not one after the other.
inline Eigen::MatrixXf random_images(int count, std::uint64_t seed = 1) {
    const OwnedBatch batch = random_batch<EigenNetwork>(count, seed);
    return tinyres::as_rows(batch.images, image_size);
}

/// The values of a matrix, row by row.
template <class Matrix>
std::vector<float> row_by_row(const Matrix& matrix) {
    const tinyres::RowMatrix<float> rows = matrix;
    return {rows.data(), rows.data() + rows.size()};
}

} // namespace tinyres_test
