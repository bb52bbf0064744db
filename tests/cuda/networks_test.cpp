#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/optim/adam.hpp>
#include <tinyres/train/training_state.hpp>

namespace tr = tinyres;

namespace {

/// Everything that a plan can meet: fused and single normalizations, pooling in blocks and behind them, residual blocks
/// in residual blocks, a Flatten that moves values, odd numbers of channels.
using Net = tr::Network<tr::Image<3, 8, 4>,                                                          //
                        tr::Conv3x3<16>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<20>, // 16 x 4 x 2
                        tr::ResBlock<tr::Conv3x3<16, tr::Bias::no>, tr::BatchNorm, tr::ReLU,         //
                                     tr::ResBlock<tr::GroupNorm<4>, tr::ReLU, tr::Dropout2d<20>>,    //
                                     tr::Conv3x3<16>, tr::LayerNorm>,                                //
                        tr::Dropout2d<20>, tr::BatchNorm, tr::ReLU, tr::ReLU,                        //
                        tr::Flatten, tr::Linear<37>, tr::ReLU, tr::Linear<5>, tr::LogSoftmax>;       // 5

struct Images {
    std::vector<float> values;
    std::vector<std::int32_t> labels;

    explicit Images(int count, std::uint32_t number = 0) {
        tr::RandomStream random({11, tr::Purpose::synthetic_image, number, 0});
        for (int i = 0; i < count * Net::input.size(); ++i) values.push_back(random.uniform(-1.0f, 1.0f));
        for (int i = 0; i < count; ++i) labels.push_back(random.below(5));
    }
    tr::Batch batch() const { return {values, labels}; }
};

/// What some steps of Adam leave.
struct State {
    std::vector<double> losses;
    std::vector<tr::NamedTensor> tensors;
    std::vector<float> prediction;
};

template <class Backend>
State train(int batch) {
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 3};
    tr::Adam optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    State state;
    for (std::uint32_t step = 0; step < 3; ++step) {
        const Images images(batch, step);
        state.losses.push_back(tr::train_step(model, images.batch()).get().loss_sum);
        optimizer.step(model, 0.01);
    }
    state.tensors = tr::state_dict(model);
    state.prediction = tr::predict(model, Images(batch, 99).values);
    return state;
}

double distance_of(const std::vector<float>& found, const std::vector<float>& expected) {
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        difference += (static_cast<double>(found[i]) - static_cast<double>(expected[i])) *
                      (static_cast<double>(found[i]) - static_cast<double>(expected[i]));
        norm += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
    }
    return std::sqrt(difference / norm);
}

} // namespace

TEST_CASE("a network trains on the GPU as on the processor") {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    for (const int batch : {1, 3, 40}) {
        CAPTURE(batch);
        const State expected = train<tr::Cpu<>>(batch);
        const State found = train<tr::Cuda<>>(batch);
        for (std::size_t step = 0; step < expected.losses.size(); ++step)
            CHECK(found.losses[step] == doctest::Approx(expected.losses[step]).epsilon(1e-3));
        CHECK(distance_of(found.prediction, expected.prediction) < 1e-2);
    }
}

TEST_CASE("mixed precision on the GPU trains as mixed precision on the processor does, up to its roundings") {
    const State expected = train<tr::Cpu<tr::bfloat16>>(40);
    const State found = train<tr::Cuda<tr::bfloat16>>(40);
    CHECK(found.losses[0] == doctest::Approx(expected.losses[0]).epsilon(2e-2));
    CHECK(found.losses[2] == doctest::Approx(expected.losses[2]).epsilon(0.1));
}

TEST_CASE_TEMPLATE("training on the GPU gives the same bits in every order of its threads", Backend, tr::Cuda<>,
                   tr::Cuda<tr::bfloat16>) {
    const State first = train<Backend>(5);
    cuda_shim::in_every_order([&] {
        const State again = train<Backend>(5);
        CHECK(again.losses == first.losses);
        CHECK(again.prediction == first.prediction);
    });
}

TEST_CASE("a run goes on from the GPU on the processor, and back to the same bits") {
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3};
    tr::Adam optimizer{model};
    tr::train_step(model, Images(5).batch());
    optimizer.step(model, 0.01);
    const tr::TrainingState state = tr::training_state(model, optimizer);

    tr::Model<Net, tr::Cpu<>> moved{tr::KaimingUniform{}, 99};
    tr::Adam moved_optimizer{moved};
    tr::load_training_state(moved, moved_optimizer, state);
    const Images next(5, 1);
    const std::vector<float> prediction = tr::predict(model, next.values);
    CHECK(distance_of(tr::predict(moved, next.values), prediction) < 1e-3);
    const double loss = tr::train_step(moved, next.batch()).loss_sum;
    CHECK(tr::train_step(model, next.batch()).get().loss_sum == doctest::Approx(loss).epsilon(1e-3));

    tr::Model<Net, tr::Cuda<>> back{tr::KaimingUniform{}, 99};
    tr::Adam back_optimizer{back};
    tr::load_training_state(back, back_optimizer, state);
    CHECK(tr::predict(back, next.values) == prediction);
}
