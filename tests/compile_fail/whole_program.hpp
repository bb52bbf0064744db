#pragma once

#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/model/state_dict.hpp>
#include <tinyres/optim/adam.hpp>

/// What a program does with a network: none of it may add an error to the one that says what is wrong with the network.
template <class Net>
void whole_program(const tinyres::Batch& batch) {
    tinyres::Model<Net, tinyres::Reference<float>> model;
    if constexpr (Net::output.flat) {
        tinyres::Adam optimizer{model};
        tinyres::train_step(model, batch);
        optimizer.step(model, 0.1);
        tinyres::Predictor{model}.evaluate(batch);
    }
    tinyres::predict(model, batch.images);
    tinyres::load_state_dict(model, tinyres::state_dict(model));
}
