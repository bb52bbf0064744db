#include "eigen/network.hpp"
#include "error_of.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("Samples in a row-major matrix without gaps are viewed where they lie") {
    const tr::RowMatrix<float> rows = random_images(5);
    const auto samples = tr::samples_in_rows(rows);
    CHECK(samples.is_view());
    CHECK(samples.values().data() == rows.data());
    CHECK(samples.count() == 5);
    CHECK(samples.size() == image_size);
    CHECK(tr::samples_in_rows(rows.middleRows(1, 2)).values().data() == rows.row(1).data());
    CHECK(tr::samples_in_rows(rows.row(3)).values().data() == rows.row(3).data());
    CHECK(tr::samples_in_columns(rows.transpose()).values().data() == rows.data());
    const Eigen::Map<const tr::RowMatrix<float>> map(rows.data(), 5, image_size);
    CHECK(tr::samples_in_rows(map).is_view());
    CHECK(tr::samples_in_rows(Eigen::Map<const tr::RowMatrix<float>>(rows.data(), 5, image_size)).is_view());
    const Eigen::Ref<const tr::RowMatrix<float>> reference(rows);
    CHECK(tr::samples_in_rows(reference).values().data() == rows.data());
    const Eigen::VectorXf vector = Eigen::VectorXf::Random(9);
    CHECK(tr::samples_in_columns(vector.segment(2, 3)).values().data() == vector.data() + 2);
    const tr::RowMatrix<float> one_value = tr::RowMatrix<float>::Random(5, 1);
    CHECK(tr::samples_in_rows(one_value).is_view());
}

TEST_CASE("Samples in a column-major matrix without gaps are viewed where they lie") {
    const Eigen::MatrixXf columns = random_images(5).transpose();
    CHECK(tr::samples_in_columns(columns).values().data() == columns.data());
    CHECK(tr::samples_in_columns(columns.middleCols(2, 3)).values().data() == columns.col(2).data());
    CHECK(tr::samples_in_columns(columns.col(4)).values().data() == columns.col(4).data());
    CHECK(tr::samples_in_rows(columns.transpose()).values().data() == columns.data());
    CHECK(tr::samples_in_columns(columns.array()).is_view());
}

TEST_CASE("Samples that do not lie one after the other, expressions and temporaries are copied") {
    const Eigen::MatrixXf matrix = random_images(5);
    const std::vector<float> expected = row_by_row(matrix);
    const auto check = [&](const auto& samples) {
        CHECK_FALSE(samples.is_view());
        CHECK((copy_of(samples.values()) == expected));
    };
    check(tr::samples_in_rows(matrix));
    check(tr::samples_in_columns(matrix.transpose()));
    check(tr::samples_in_rows(matrix * 1.0f));
    check(tr::samples_in_rows(random_images(5)));
    check(tr::samples_in_rows(tr::RowMatrix<float>(matrix)));
    check(tr::samples_in_rows(Eigen::Ref<const tr::RowMatrix<float>>(matrix))); // holds a copy of the matrix
    check(tr::samples_in_rows(matrix.cast<double>().cast<float>()));
    tr::RowMatrix<float> wide(5, image_size + 1);
    wide.leftCols(image_size) = matrix;
    check(tr::samples_in_rows(wide.leftCols(image_size)));
    tr::RowMatrix<float> tall(9, image_size);
    for (int i = 0; i < 5; ++i) tall.row(2 * i) = matrix.row(i);
    check(tr::samples_in_rows(tall(Eigen::seq(0, 8, 2), Eigen::all)));
    const Eigen::Map<const tr::RowMatrix<float>, 0, Eigen::OuterStride<>> every_other(
        tall.data(), 5, image_size, Eigen::OuterStride<>(2 * image_size));
    check(tr::samples_in_rows(every_other));
}

TEST_CASE("A copy of copied samples has its own values") {
    const auto copy = [] {
        const auto samples = tr::samples_in_rows(random_images(2));
        return samples;
    }();
    CHECK((copy_of(copy.values()) == row_by_row(random_images(2))));
}

TEST_CASE("Samples that the network does not take are refused with both sizes") {
    const tr::Dims sample = EigenNetwork::input;
    const Eigen::MatrixXf five = Eigen::MatrixXf::Zero(5, 70);
    CHECK(error_of([&] { tr::samples_in_rows(five).require_fit(sample); }) ==
          "samples_in_rows: the matrix is 5 x 70, so a sample has 70 values, the network takes 72 (6 x 4 pixels of 3 "
          "channels); give one image per row");
    CHECK(error_of([&] { tr::samples_in_columns(five).require_fit(sample); }) ==
          "samples_in_columns: the matrix is 5 x 70, so a sample has 5 values, the network takes 72 (6 x 4 pixels of 3 "
          "channels); give one image per column");
    const Eigen::MatrixXf other = Eigen::MatrixXf::Zero(72, 5);
    CHECK(holds(error_of([&] { tr::samples_in_rows(other).require_fit(sample); }),
                "its columns are the samples: use samples_in_columns"));
    CHECK(holds(error_of([&] { tr::samples_in_columns(other.transpose()).require_fit(sample); }),
                "its rows are the samples: use samples_in_rows"));
    CHECK(error_of([&] { tr::samples_in_rows(Eigen::MatrixXf(0, 72)).require_fit(sample); }) ==
          "samples_in_rows: the matrix is 0 x 72, so there is no sample; give at least one");
    CHECK(error_of([&] {
              tr::samples_in_rows(five).require_fit({8, 1, 1, true});
          }) == "samples_in_rows: the matrix is 5 x 70, so a sample has 70 values, the network takes 8; give one "
                "sample per row");
}

TEST_CASE("A tensor is viewed where it lies, an expression of tensors is copied") {
    const OwnedBatch batch = random_batch<EigenNetwork>(2);
    const tr::ImageTensor<float> tensor = tr::image_tensor<EigenNetwork>(batch);
    CHECK(tr::samples_in_tensor(tensor).values().data() == tensor.data());
    const auto map = tr::image_tensor<EigenNetwork>(batch);
    CHECK(map.data() == batch.images.data());
    CHECK(map(1, 5, 3, 2) == batch.images.back());
    CHECK(tr::samples_in_tensor(map).values().data() == batch.images.data());
    CHECK(tr::samples_in_tensor(tr::image_tensor<EigenNetwork>(batch)).is_view());
    const auto negative = tr::samples_in_tensor(-tensor);
    CHECK_FALSE(negative.is_view());
    CHECK(negative.values().back() == -batch.images.back());
    CHECK_FALSE(tr::samples_in_tensor(tr::ImageTensor<float>(tensor)).is_view());
    const Eigen::Tensor<float, 4> columns = tensor.swap_layout().shuffle(std::array{3, 2, 1, 0});
    const auto swapped = tr::samples_in_tensor(columns.swap_layout().shuffle(std::array{3, 2, 1, 0}));
    CHECK((copy_of(swapped.values()) == batch.images));
}

TEST_CASE("A tensor that the network does not take is refused with both sizes") {
    const tr::ImageTensor<float> channels_first(2, 3, 6, 4);
    CHECK(error_of([&] { tr::samples_in_tensor(channels_first).require_fit(EigenNetwork::input); }) ==
          "samples_in_tensor: the tensor is 2 x 3 x 6 x 4, the network takes N x 6 x 4 x 3 (images, height, width, "
          "channels); move the channels to the end: T.shuffle(std::array{0, 2, 3, 1})");
    const tr::ImageTensor<float> large(2, 7, 4, 3);
    CHECK(holds(error_of([&] { tr::samples_in_tensor(large).require_fit(EigenNetwork::input); }),
                "give images of that size"));
    const tr::ImageTensor<float> none(0, 6, 4, 3);
    CHECK(holds(error_of([&] { tr::samples_in_tensor(none).require_fit(EigenNetwork::input); }), "there is no image"));
}

TEST_CASE("Labels are viewed as 32-bit integers, other integers are checked and copied") {
    const Eigen::VectorXi labels{{3, 1, 2}};
    CHECK(tr::Labels(labels).values().data() == labels.data());
    CHECK(tr::Labels(labels.transpose()).values().data() == labels.data());
    const std::vector<std::int32_t> range{3, 1, 2};
    CHECK(tr::Labels(range).values().data() == range.data());
    CHECK((copy_of(tr::Labels(labels.array() - 1).values()) == std::vector<std::int32_t>{2, 0, 1}));
    CHECK((copy_of(tr::Labels(labels.reverse()).values()) == std::vector<std::int32_t>{2, 1, 3}));
    CHECK((copy_of(tr::Labels(labels.cast<unsigned char>()).values()) == range));
    const Eigen::Matrix<std::int32_t, 2, 3> matrix{{3, 1, 2}, {0, 0, 0}};
    CHECK((copy_of(tr::Labels(matrix.row(0)).values()) == range));
    CHECK(error_of([&] { tr::Labels{matrix}; }) ==
          "the labels are a 2 x 3 matrix; give a vector with one label for each sample");
    const Eigen::VectorX<std::int64_t> large{{0, std::int64_t{1} << 32}};
    CHECK(error_of([&] { tr::Labels{large}; }) ==
          "label 4294967296 at position 1 does not fit 32 bits; labels are classes, counted from 0");
}
