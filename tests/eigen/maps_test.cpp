#include "eigen/network.hpp"
#include "error_of.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/networks/s10.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Named = tr::Network<tr::Image<1, 2, 2>, tr::Flatten, tr::Linear<3>>;

} // namespace

template <>
inline constexpr std::array tinyres::module_names<Named>{tinyres::ModuleName{"1", "fc"}};

TEST_CASE("Maps lie on the model's own memory") {
    EigenModel model{tr::KaimingUniform{}, 3};
    const auto weight = tr::parameter_matrix(model, "0.0.weight");
    CHECK(weight.data() == model.parameters().data());
    CHECK(weight.rows() == 27);
    CHECK(weight.cols() == 5);
    CHECK(tr::parameter_vector(model, "0.0.bias").data() == model.parameters().data() + 27 * 5);
    CHECK(tr::parameter_matrix(model, "0.0.bias").rows() == 5);
    CHECK(tr::parameter_matrix(model, "0.0.bias").cols() == 1);
    CHECK(tr::gradient_matrix(model, "0.0.weight").data() == model.gradients().data());
    CHECK(tr::gradient_vector(model, "4.bias").data() == &model.gradients().back() - 3);
    CHECK(tr::statistic_vector(model, "0.1.running_mean").data() == model.statistics().data());
    CHECK(tr::statistic_vector(model, "0.1.running_var").data() == model.statistics().data() + 5);
    CHECK(tr::parameter_vector(model).size() == tr::parameter_count<EigenNetwork>);
    CHECK(tr::gradient_vector(model).data() == model.gradients().data());
}

TEST_CASE("The elements of a map are those of the state dict, in the layout that is promised") {
    const EigenModel model{tr::KaimingUniform{}, 3};
    const std::vector<tr::NamedTensor> state = tr::state_dict(model);
    const auto convolution = tr::parameter_matrix(model, "0.0.weight");
    const auto linear = tr::parameter_matrix(model, "4.weight");
    REQUIRE(state[0].shape == std::vector<std::int64_t>{5, 3, 3, 3});
    for (int o = 0; o < 5; ++o)
        for (int i = 0; i < 3; ++i)
            for (int y = 0; y < 3; ++y)
                for (int x = 0; x < 3; ++x)
                    CHECK(convolution((y * 3 + x) * 3 + i, o) ==
                          state[0].values[static_cast<std::size_t>(((o * 3 + i) * 3 + y) * 3 + x)]);
    REQUIRE(state[4].name == "4.weight");
    REQUIRE(state[4].shape == std::vector<std::int64_t>{4, 30});
    CHECK((linear.transpose() == Eigen::Map<const tr::RowMatrix<float>>(state[4].values.data(), 4, 30)));
}

TEST_CASE("What is written through a map the model predicts with") {
    tr::Model<Named, tr::Cpu<>> model;
    tr::parameter_matrix(model, "fc.weight").setZero();
    tr::parameter_matrix(model, "fc.weight").col(1) << 1, 2, 3, 4; // the second output's weights of the four pixels
    tr::parameter_vector(model, "fc.bias") << 10, 20, 30;
    const std::vector<float> pixels{1, 10, 100, 1000};
    CHECK((tr::predict(model, pixels) == std::vector<float>{10, 4341, 30}));
}

TEST_CASE("A const model's maps may only be read, and other backends' scalars are theirs") {
    const tr::Model<Named, tr::Reference<double>> model;
    static_assert(std::is_same_v<decltype(tr::parameter_matrix(model, "")), tr::MatrixMap<const double>>);
    static_assert(std::is_same_v<decltype(tr::gradient_vector(model)), tr::VectorMap<const double>>);
    CHECK(tr::parameter_vector(model).data() == model.parameters().data());
}

TEST_CASE("A name that the network does not have is refused with those that it has") {
    EigenModel model;
    CHECK(error_of([&] { tr::parameter_matrix(model, "4.wieght"); }) ==
          "the network has no parameter '4.wieght'; did you mean '4.weight'? There are '0.0.weight', '0.0.bias', "
          "'0.1.weight', '0.1.bias', '4.weight', '4.bias'");
    CHECK(error_of([&] { tr::gradient_vector(model, "nothing of the kind"); }) ==
          "the network has no parameter 'nothing of the kind'; there are '0.0.weight', '0.0.bias', '0.1.weight', "
          "'0.1.bias', '4.weight', '4.bias'");
    CHECK(error_of([&] { tr::statistic_vector(model, "0.1.running_war"); }) ==
          "the network has no running statistic '0.1.running_war'; did you mean '0.1.running_var'? There are "
          "'0.1.running_mean', '0.1.running_var'");
    CHECK(error_of([&] { tr::statistic_vector(model, "4.bias"); }) ==
          "tensor '4.bias' is not a running statistic; use parameter_vector");
    CHECK(error_of([&] { tr::parameter_matrix(model, "0.1.running_var"); }) ==
          "tensor '0.1.running_var' is not a parameter; use statistic_vector");
    CHECK(error_of([&] { tr::parameter_vector(model, "4.weight"); }) ==
          "tensor '4.weight' has 2 dimensions and is not a vector; map it as a matrix");
    tr::Model<Named, tr::Cpu<>> named;
    CHECK(error_of([&] { tr::statistic_vector(named, "fc"); }) ==
          "the network has no running statistic 'fc'; it has none at all");
    CHECK(holds(error_of([&] { tr::detail::find_tensor(tr::network_tensors<tr::S10>, tr::Role::parameter, "x"); }),
                "'R1.n1.bias' and 22 more"));
}

TEST_CASE("A batch and results are matrices without a copy, samples in rows or in columns") {
    const OwnedBatch batch = random_batch<EigenNetwork>(3);
    const auto rows = tr::as_rows<EigenNetwork>(batch);
    CHECK(rows.data() == batch.images.data());
    CHECK(rows.rows() == 3);
    CHECK(rows(1, 2) == batch.images[image_size + 2]);
    const auto columns = tr::as_columns<EigenNetwork>(batch);
    CHECK(columns.data() == batch.images.data());
    CHECK((columns == rows.transpose()));
    CHECK(tr::as_vector(batch.labels).data() == batch.labels.data());
    const std::vector<float> logits{1, 2, 3, 4, 5, 6};
    CHECK(tr::as_rows(logits, 3)(1, 0) == 4);
    CHECK(tr::as_columns(logits, 3)(0, 1) == 4);
    CHECK(error_of([&] { tr::as_rows(logits, 4); }) ==
          "as_rows, as_columns: 6 values are not whole samples of 4; check the number of values per sample");
}
