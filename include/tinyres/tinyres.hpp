#pragma once

/// tinyres: neural networks whose architecture is a type. This header brings the network types, the reference and CPU
/// backends, training and data; the headers in io/ (files; they need nlohmann-json) are included one by one.
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/cifar10.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/check_gradients.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/lr_finder.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/evaluate.hpp"
#include "tinyres/train/fit.hpp"
#include "tinyres/train/training_state.hpp"
#include "tinyres/version.hpp"
