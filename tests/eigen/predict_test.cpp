#include "eigen/network.hpp"
#include "error_of.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("Predictions from rows, columns, blocks and expressions are those of the span, bit for bit") {
    const EigenModel model{tr::KaimingUniform{}, 3};
    constexpr int count = 300; // more than are computed at once
    const OwnedBatch batch = random_batch<EigenNetwork>(count);
    const std::vector<float> expected = tr::predict(model, std::span<const float>(batch.images));
    const Eigen::MatrixXf matrix = tr::as_rows(batch.images, image_size);

    const tr::RowMatrix<float> in_rows = tr::predict(model, tr::samples_in_rows(matrix));
    CHECK(in_rows.rows() == count);
    CHECK(in_rows.cols() == 4);
    CHECK((row_by_row(in_rows) == expected));
    const Eigen::MatrixXf in_columns = tr::predict(model, tr::samples_in_columns(matrix.transpose()));
    CHECK(in_columns.rows() == 4);
    CHECK((row_by_row(in_columns.transpose()) == expected));
    const tr::RowMatrix<float> rows = matrix;
    CHECK((row_by_row(tr::predict(model, tr::samples_in_rows(rows))) == expected));
    CHECK((row_by_row(tr::predict(model, tr::samples_in_rows(rows.cast<double>().cast<float>()))) == expected));
    CHECK((tr::predict(model, tr::samples_in_rows(matrix.middleRows(7, 2))) == in_rows.middleRows(7, 2)));
    CHECK((tr::predict(model, tr::samples_in_columns(matrix.row(9).transpose())) == in_columns.col(9)));
    CHECK((tr::predict(model, tr::samples_in_rows(2.0f * matrix - matrix)) == in_rows));

    CHECK((row_by_row(tr::predict(model, tr::image_tensor<EigenNetwork>(batch))) == expected));
    const tr::ImageTensor<float> tensor = tr::image_tensor<EigenNetwork>(batch);
    CHECK((row_by_row(tr::predict(model, tensor * tensor.constant(1.0f))) == expected));
}

TEST_CASE("evaluate finds what it finds for the span, bit for bit") {
    const EigenModel model{tr::KaimingUniform{}, 3};
    const OwnedBatch batch = random_batch<EigenNetwork>(600);
    tr::Predictor predictor{model};
    const tr::Metrics expected = predictor.evaluate({batch.images, batch.labels}, {.label_smoothing = 0.1f});
    const Eigen::MatrixXf matrix = tr::as_rows(batch.images, image_size);
    const auto check = [&](const tr::Metrics& metrics) {
        CHECK(metrics.loss_sum == expected.loss_sum);
        CHECK(metrics.correct == expected.correct);
        CHECK(metrics.count == 600);
    };
    const tr::CrossEntropy loss{.label_smoothing = 0.1f};
    check(tr::evaluate(model, tr::samples_in_rows(matrix), batch.labels, loss));
    check(tr::evaluate(model, tr::samples_in_columns(matrix.transpose()), tr::as_vector(batch.labels), loss));
    check(tr::evaluate(model, tr::image_tensor<EigenNetwork>(batch), tr::as_vector(batch.labels).cast<short>(), loss));
}

TEST_CASE("A training step leaves the gradients and statistics of the step on the span, bit for bit") {
    const OwnedBatch batch = random_batch<EigenNetwork>(6);
    const Eigen::MatrixXf matrix = tr::as_rows(batch.images, image_size);
    EigenModel expected{tr::KaimingUniform{}, 3};
    const double loss = tr::train_step(expected, {batch.images, batch.labels}).loss();
    const auto check = [&](const auto& samples, const auto& labels) {
        EigenModel model{tr::KaimingUniform{}, 3};
        CHECK(tr::train_step(model, samples, labels).loss() == loss);
        CHECK((copy_of(model.gradients()) == copy_of(expected.gradients())));
        CHECK((copy_of(model.statistics()) == copy_of(expected.statistics())));
    };
    check(tr::samples_in_rows(matrix), batch.labels);
    check(tr::samples_in_columns(matrix.transpose()), tr::as_vector(batch.labels));
    check(tr::image_tensor<EigenNetwork>(batch), tr::as_vector(batch.labels).cast<std::int64_t>());
    const Eigen::VectorXi labels = tr::as_vector(batch.labels);
    check(tr::samples_in_rows(matrix.topRows(6)), labels.segment(0, 6));
}

TEST_CASE("Samples and labels that do not belong together are refused in one line") {
    EigenModel model;
    const Eigen::MatrixXf images = random_images(3);
    const Eigen::VectorXi four = Eigen::VectorXi::Zero(4);
    const Eigen::VectorXi wrong{{0, 4, 1}};
    const std::string sizes = "there are 3 samples and 4 labels; give one label for each sample";
    CHECK(error_of([&] { tr::train_step(model, tr::samples_in_rows(images), four); }) == sizes);
    CHECK(error_of([&] { tr::evaluate(model, tr::samples_in_rows(images), four); }) == sizes);
    CHECK(
        holds(error_of([&] { tr::train_step(model, tr::samples_in_rows(images), wrong); }), "label 4 is out of range"));
    CHECK(holds(error_of([&] { tr::evaluate(model, tr::samples_in_rows(images), wrong); }), "label 4 is out of range"));
    for (const std::string& error :
         {error_of([&] { static_cast<void>(tr::predict(model, tr::samples_in_columns(images))); }),
          error_of([&] { static_cast<void>(tr::features(model, tr::samples_in_columns(images))); }),
          error_of([&] { tr::train_step(model, tr::samples_in_columns(images), four); }),
          error_of([&] { tr::evaluate(model, tr::samples_in_columns(images), four); })})
        CHECK(holds(error, "samples_in_columns: the matrix is 3 x 72, so a sample has 3 values, the network takes 72"));
    CHECK(model.steps() == 0);
}
