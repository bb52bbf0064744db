#include "eigen/network.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Statistics and gradients that are not those that a model begins with.
EigenModel trained_a_little() {
    EigenModel model{tr::KaimingUniform{}, 3};
    for (std::uint64_t step = 0; step < 3; ++step) tr::train_step(model, random_batch<EigenNetwork>(8, step));
    return model;
}

template <class Model>
void check_features_lead_to_logits(const Model& model, double tolerance) {
    const Eigen::MatrixXf images = random_images(300);
    const auto features = tr::features(model, tr::samples_in_rows(images));
    REQUIRE(features.rows() == 300);
    REQUIRE(features.cols() == 30);
    const Eigen::MatrixXd scores =
        (features.template cast<double>() * tr::parameter_matrix(model, "4.weight").template cast<double>()).rowwise() +
        tr::parameter_vector(model, "4.bias").template cast<double>().transpose();
    const Eigen::VectorXd sums = scores.array().exp().rowwise().sum().log();
    const Eigen::MatrixXd outputs = scores.colwise() - sums;
    const Eigen::MatrixXd found = tr::predict(model, tr::samples_in_rows(images)).template cast<double>();
    CHECK((found - outputs).norm() < tolerance * outputs.norm());
}

} // namespace

TEST_CASE("The features are what the last Linear takes: with its weights they give the outputs") {
    check_features_lead_to_logits(trained_a_little(), 1e-6);
    check_features_lead_to_logits(tr::Model<EigenNetwork, tr::Reference<float>>{tr::KaimingUniform{}, 2}, 1e-6);
    check_features_lead_to_logits(tr::Model<EigenNetwork, tr::Cpu<tr::bfloat16>>{tr::KaimingUniform{}, 2}, 1e-6);
}

TEST_CASE(
    "Features of rows, of columns and of the span are the same, bit for bit, and images do not depend on others") {
    const EigenModel model = trained_a_little();
    const OwnedBatch batch = random_batch<EigenNetwork>(300);
    const Eigen::MatrixXf images = tr::as_rows<EigenNetwork>(batch);
    const std::vector<float> expected = tr::features(model, std::span<const float>(batch.images));
    const auto rows = tr::features(model, tr::samples_in_rows(images));
    CHECK((row_by_row(rows) == expected));
    CHECK((row_by_row(tr::features(model, tr::samples_in_columns(images.transpose())).transpose()) == expected));
    CHECK((row_by_row(tr::features(model, tr::image_tensor<EigenNetwork>(batch))) == expected));
    CHECK((tr::features(model, tr::samples_in_rows(images.row(299))) == rows.row(299)));
}
